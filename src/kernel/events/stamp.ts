/**
 * V8 collects type feedback per function text, not per closure: a drain loop shared by several readers sees
 * several callbacks and pays 5 ns more for each record (PERFORMANCE.md, "What costs"). So each reader compiles a loop
 * of its own from the factory's text; the number in the comment keeps V8's compilation cache, which is keyed by
 * the text, from handing out the last one with its feedback.
 *
 * The factory must refer to nothing but its parameters and globals. Where text may not become code
 * (`--disallow-code-generation-from-strings`), or a tool has put names into the text that exist only in its module
 * (coverage counters), the shared factory serves.
 */
export function stamp<A extends readonly unknown[], R>(factory: (...args: A) => R, ...args: A): R {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- this package's own source: nothing from outside is in it
    const compile = new Function(`return ${factory.toString()}\n// ${Math.random()}`);
    // The text of `factory` evaluates to a function of its type.
    return (compile() as (...args: A) => R)(...args);
  } catch (error) {
    if (error instanceof EvalError || error instanceof ReferenceError || error instanceof SyntaxError) {
      return factory(...args);
    }
    throw error;
  }
}
