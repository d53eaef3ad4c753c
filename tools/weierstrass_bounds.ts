/**
 * `deno run tools/weierstrass_bounds.ts`: proves that no i64 of the kernels of P-256
 * and P-384 can overflow and that its results are in range, and prints what the bounds are.
 *
 * @module
 */
import { arithmetic } from "./kernels/weierstrass/arithmetic.ts";
import { formulas } from "./kernels/weierstrass/formulas.ts";
import { P256, P384 } from "./kernels/weierstrass/parameters.ts";
import { proveKernel } from "./kernels/weierstrass/proof.ts";

for (const curve of [P256, P384]) {
  const { worst, ranges } = proveKernel({
    curve,
    arithmetic: arithmetic(curve),
    formulas: formulas(curve),
  });
  console.log(
    `${curve.name}: the greatest i64 of each function, as a power of two ` +
      "(63 overflows)",
  );
  for (const [name, power] of worst) {
    console.log(`  ${name.padEnd(28)} ${power.toFixed(3)}`);
  }
  console.log(`${curve.name}: numbers in multiples of p, and the top limb`);
  for (const [name, { value, limbs }] of ranges) {
    const times = (number: bigint) =>
      (Number(number * 10000n / curve.field.value) / 10000).toFixed(4);
    const top = limbs.at(-1)!;
    console.log(
      `  ${name.padEnd(14)} ${times(value.low)} to ${times(value.high)}, ` +
        `${top.low} to ${top.high}`,
    );
  }
}
