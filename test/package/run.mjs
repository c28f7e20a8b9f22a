// The package as its users get it: packed, installed in an empty project, imported, type-checked, run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "tsbpf-package-"));
const run = (command, args, cwd = project) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

let passed = 0;
function check(name, body) {
  body();
  passed++;
  console.log(`ok ${name}`);
}

try {
  // prepare would build again; the package holds what was built and tested before.
  const [packed] = JSON.parse(
    run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", project], root),
  );
  const tarball = join(project, packed.filename);

  check("the package is small and holds what is needed, nothing else", () => {
    const files = packed.files.map(({ path }) => path);
    for (const needed of [
      "lib/index.js",
      "lib/index.d.ts",
      "lib/cli/main.js",
      "include/bpf/bpf_helpers.h",
      "LICENSE",
      "README.md",
    ])
      assert.ok(files.includes(needed), `${needed} is missing`);
    const strange = files.filter(
      (file) => !/^(lib|include|templates)\/|^(LICENSE|README(\.zh-CN)?\.md|package\.json)$/.test(file),
    );
    assert.deepEqual(strange, []);
    // Goal G14 of the performance notes is 300 KiB, and missed: docs/performance.md.
    assert.ok(statSync(tarball).size < 420 * 1024, `${statSync(tarball).size} bytes packed`);
  });

  check("no run-time dependencies, no install scripts, no binding.gyp", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    assert.deepEqual(Object.keys(manifest.dependencies ?? {}), []);
    for (const script of ["preinstall", "install", "postinstall"])
      assert.equal(manifest.scripts[script], undefined);
    assert.ok(!packed.files.some(({ path }) => path.endsWith("binding.gyp")));
  });

  check("publint finds nothing", () => {
    run(join(root, "node_modules/.bin/publint"), ["--strict", tarball], root);
  });

  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "empty", type: "module", private: true }),
  );
  run("npm", ["install", "--no-audit", "--no-fund", tarball]);

  check("ESM import, and require() of it", () => {
    const names = run("node", ["-e", 'import("tsbpf").then((m) => console.log(Object.keys(m).join()))']);
    assert.match(names, /readObject/);
    assert.match(names, /loadObject/);
    run("node", ["--no-warnings", "-e", 'if (!require("tsbpf").readObject) process.exit(1)']);
    run("node", ["-e", 'import("tsbpf/testing").then((m) => { if (!m.fakeKernel) process.exit(1); })']);
  });

  check("the command runs", () => {
    assert.match(run("npx", ["tsbpf", "--version"]), /^\d+\.\d+\.\d+/);
    assert.match(run("npx", ["tsbpf", "run", "--help"]), /Usage: tsbpf run/);
  });

  check("types under strict settings, in both module resolutions", () => {
    mkdirSync(join(project, "src"));
    writeFileSync(
      join(project, "src/main.ts"),
      'import { loadObject, readObject, TsbpfError, type ObjectSpec } from "tsbpf";\n' +
        'import { fakeKernel } from "tsbpf/testing";\n' +
        "export const spec: ObjectSpec = readObject(new Uint8Array());\n" +
        "export const all: unknown[] = [loadObject, fakeKernel, TsbpfError];\n",
    );
    for (const [module, moduleResolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ]) {
      const flags = ["--strict", "--noEmit", "--target", "es2023", "--lib", "es2023,esnext.disposable"];
      run("node", [
        join(root, "node_modules/typescript/bin/tsc"),
        ...flags,
        "--module",
        module,
        "--moduleResolution",
        moduleResolution,
        "--typeRoots",
        join(root, "node_modules/@types"),
        "--types",
        "node",
        "src/main.ts",
      ]);
    }
  });

  check("a config in TypeScript, on every Node", () => {
    // Node before 22.18 takes the project's own TypeScript for it.
    symlinkSync(join(root, "node_modules/typescript"), join(project, "node_modules/typescript"));
    const config = 'defineConfig({ sources: "bpf/*.bpf.c" } satisfies BuildConfig)';
    writeFileSync(
      join(project, "tsbpf.config.ts"),
      `import { defineConfig, type BuildConfig } from "tsbpf/config";\nexport default ${config};\n`,
    );
    mkdirSync(join(project, "bpf"));
    writeFileSync(join(project, "bpf/one.bpf.c"), "int one;\n");
    const built = () => JSON.parse(run("npx", ["tsbpf", "build", "--json"]));
    assert.deepEqual(built().files, ["bpf/one.bpf.o", "bpf/one.bpf.gen.ts"]);
    assert.equal(built().status, "fresh");
  });

  console.log(`${passed} passed, 0 failed`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
