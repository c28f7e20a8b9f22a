/** A project to start from; its program and main.ts lie in templates/NAME. */
export interface Template {
  /** The BPF source without `.bpf.c`. */
  readonly program: string;
  /** One line, for lists. */
  readonly summary: string;
  /** What to do to see something, after `npm start`. */
  readonly hint: string;
  /** What the kernel must have beyond Linux 5.8 and BTF. */
  readonly needs?: string;
  /** A C program to look at, built and started by `npm run app`. */
  readonly app?: string;
}

/** The templates by name, the one for beginners first. */
export const templates: Readonly<Record<string, Template>> = {
  ringbuf: {
    program: "execs",
    summary: "events through a ring buffer: every program that is executed",
    hint: "start any program in another terminal",
  },
  tracepoint: {
    program: "starts",
    summary: "a tracepoint and a map: who starts processes, counted",
    hint: "start programs in another terminal",
  },
  kprobe: {
    program: "connects",
    summary: "a function of the kernel: every TCP connection",
    hint: "open a web page, or run: nc 127.0.0.1 80",
    needs: "CONFIG_KPROBES",
  },
  uprobe: {
    program: "lookups",
    summary: "a function of a library: every host name that is looked up",
    hint: "run in another terminal: getent ahosts localhost",
    needs: "CONFIG_UPROBES",
  },
  usdt: {
    program: "requests",
    summary: "probes compiled into a program (USDT), and such a program",
    hint: "run in another terminal: npm run app",
    needs: "CONFIG_UPROBES",
    app: "app",
  },
  xdp: {
    program: "packets",
    summary: "packets of a network interface, counted before the stack sees them",
    hint: "run in another terminal: ping -c 3 127.0.0.1",
  },
};
