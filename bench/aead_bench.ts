import { AEADS, aeadVariants, RECORD_SIZES } from "./aead_variants.ts";

for (const name of AEADS) {
  for (const size of RECORD_SIZES) {
    const variants = await aeadVariants(name, size);
    for (const [i, { name: title, run }] of variants.entries()) {
      const first = run();
      await first;
      Deno.bench({
        name: title,
        group: `${name} ${size} B`,
        // node:crypto
        baseline: i === 0,
        // Only asynchronous work pays for an await.
        fn: first instanceof Promise
          ? async () => {
            await run();
          }
          : () => {
            run();
          },
      });
    }
  }
}
