import { signatureVariants } from "./signature_variants.ts";
import { register } from "./register.ts";

for (const [group, variants] of await signatureVariants()) {
  register(group, variants);
}
