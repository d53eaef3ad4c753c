import { scheduleVariants } from "./schedule_variants.ts";
import { register } from "./register.ts";

for (const [group, variants] of await scheduleVariants()) {
  register(group, variants);
}
