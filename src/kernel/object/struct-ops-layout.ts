/** How a `struct_ops` variable of the object becomes the kernel's struct. */
export interface StructOpsLayout {
  /** Id of the struct in the kernel's BTF: what its programs are loaded against. */
  readonly structType: number;
  /** Id and bytes of `bpf_struct_ops_NAME`, the map's value. */
  readonly valueType: number;
  /** The value; programs' fds are written into it when they are loaded. */
  readonly value: Uint8Array;
  /** Program name → byte offset in the value and index of the member: its expected attach type. */
  readonly programs: ReadonlyMap<string, { readonly offset: number; readonly member: number }>;
  /** Registered by a link instead of by the update of the map. */
  readonly link: boolean;
}
