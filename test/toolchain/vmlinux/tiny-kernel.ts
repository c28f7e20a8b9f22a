// A kernel of a few types: its BTF is what a compiler makes of this.
import { compileBtf, compilers } from "../../format/btf/compile-header.ts";

const types = `
#define KFUNC __attribute__((btf_decl_tag("bpf_kfunc"))) __attribute__((noinline))
typedef unsigned int u32;
typedef int pid_t;
typedef struct { long counter; } atomic64_t;
enum color { RED, GREEN = 7 };
struct inner { int x; };
struct unneeded { long far; };
struct mm { struct inner in; enum { LOOSE_A = 3, LOOSE_B } mode; unsigned int dumpable: 2; };
struct group { struct mm *leader; atomic64_t live; };
struct task { pid_t pid; struct mm *mm; struct task *parent; struct unneeded *no; struct group *group; };
struct named_in_cast { int field; };
struct task_alternative { int pid; };
union either { int i; long l; };
struct variables {
  u32 a; pid_t b; atomic64_t c; enum color d; struct inner e; struct unneeded f; struct mm g; struct group h;
  struct task i; struct named_in_cast j; union either k; struct task_alternative l;
} anchor;
enum { FREE = 5 } of_a_variable;
KFUNC int wake_task(struct task *t, u32 how) { return t->pid + how; }
KFUNC int unused_kfunc(struct unneeded *u) { return u->far; }
`;

/** Raw BTF. */
export function tinyKernel(): Uint8Array {
  const [[, command] = ["", []]] = compilers();
  return compileBtf(command, types);
}
