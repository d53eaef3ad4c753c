import { mintIdentity } from "./handshake_identity.ts";
import { handshakeVariants } from "./handshake_variants.ts";
import { register } from "./register.ts";

const { variants } = handshakeVariants(await mintIdentity());
register("handshake", variants);
