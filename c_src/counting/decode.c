#include "decode.h"

#include "decode_parts.h"

/* The one place that chooses: user-mode emulation of this host's own programs, so the guest's set is the host's. */
void decode(const uint8_t *bytes, size_t size, uint64_t address, struct decoded *out) {
#if defined(__x86_64__)
    decode_x86(bytes, size, address, out);
#elif defined(__aarch64__)
    decode_aarch64(bytes, size, address, out);
#else
    (void)bytes, (void)size, (void)address;
    decode_nothing(out);
#endif
}
