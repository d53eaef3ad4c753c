import { AEADS, RECORD_SIZES } from "./aead_variants.ts";
import {
  alternatingVariants,
  recordVariants,
  setUpVariants,
} from "./record_variants.ts";
import { register } from "./register.ts";

for (const name of AEADS) {
  for (const size of RECORD_SIZES) {
    register(`record, ${name} ${size} B`, recordVariants(name, size));
  }
  register(`keys in turn, ${name}`, alternatingVariants(name));
  register(`key set-up, ${name}`, setUpVariants(name));
}
