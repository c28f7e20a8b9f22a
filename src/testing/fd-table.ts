import { errno } from "./errno.ts";

/** What an fd of the fake kernel stands for. */
export interface FakeObject {
  /** Such as `map "events"`, for the report of open fds. */
  describe(): string;
  /** The last fd and the last other user are gone. */
  released?(): void;
  /** poll(2): whether it is readable; asking may consume the answer, as perf events do. */
  readable?(): boolean;
  /** mmap(2): the memory, or -errno. */
  map?(length: number, protection: number, offset: number): ArrayBuffer | number;
  /** munmap(2) of what `map` gave. */
  unmap?(mapping: ArrayBuffer): void;
}

/** The process's fds, and how often each object is used: by fds, pins, links, programs, other maps. */
export class FdTable {
  private readonly fds = new Map<number, FakeObject>();
  private readonly users = new Map<FakeObject, number>();
  private readonly gone: (object: FakeObject) => void;

  /** `gone` hears of objects that nobody uses any more. */
  constructor(gone: (object: FakeObject) => void) {
    this.gone = gone;
  }

  /** A new fd: the lowest free one from 3 on, as the addon gives them. */
  open(object: FakeObject): number {
    let fd = 3;
    while (this.fds.has(fd)) fd += 1;
    this.fds.set(fd, object);
    this.hold(object);
    return fd;
  }

  get(fd: number): FakeObject | undefined {
    return this.fds.get(fd);
  }

  close(fd: number): number {
    const object = this.fds.get(fd);
    if (object === undefined) return -errno.EBADF;
    this.fds.delete(fd);
    this.drop(object);
    return 0;
  }

  dup(fd: number): number {
    const object = this.fds.get(fd);
    return object === undefined ? -errno.EBADF : this.open(object);
  }

  /** One more user of an object. */
  hold(object: FakeObject): void {
    this.users.set(object, (this.users.get(object) ?? 0) + 1);
  }

  /** One user less; the last one releases it. */
  drop(object: FakeObject): void {
    const users = (this.users.get(object) ?? 0) - 1;
    if (users > 0) {
      this.users.set(object, users);
      return;
    }
    if (!this.users.delete(object)) return;
    this.gone(object);
    object.released?.();
  }

  list(): readonly { readonly fd: number; readonly what: string }[] {
    return [...this.fds].map(([fd, object]) => ({ fd, what: object.describe() }));
  }
}
