// Uses a vector instruction (AVX-512) that valgrind does not know, and not every processor.
int main(void)
{
#if defined(__x86_64__)
    __asm__ volatile(".byte 0x62,0xf1,0x7d,0x48,0xef,0xc0" ::: "memory"); // vpxord zmm0,zmm0,zmm0
#endif
    return 0;
}
