import { groupVariants } from "./group_variants.ts";
import { register } from "./register.ts";

for (const [group, variants] of await groupVariants()) {
  register(group, variants);
}
