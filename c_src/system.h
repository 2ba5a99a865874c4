/* What the operating system charges. Every kernel returns -1 where a call fails or does not exist on this system. */
#ifndef HWBENCH_SYSTEM_H
#define HWBENCH_SYSTEM_H
#include <stdint.h>

/* Give all pages of the memory back to the system; returns the number of bytes given back. */
int64_t system_give_back(uint8_t *memory, int64_t bytes);

/* Write to one fresh page after the other, from page position[0] on and leaving there where it ended; at the end of the
 * memory (a multiple of `page` long) all of it is given back and the first page comes next. Returns how many of the pages
 * met were fresh, that is zero: `repeats`, if the memory had been given back before the first call. */
int64_t system_fault(uint8_t *memory, int64_t bytes, int64_t page, int64_t *position, int64_t repeats);

/* Allocate that many bytes, write to the first of every `stride` of them, free them; returns the allocations that succeeded. */
int64_t system_malloc(int64_t bytes, int64_t stride, int64_t repeats);

/* Allocate `live` blocks of that many bytes, whose addresses are kept in blocks[], then free them in the same order. */
int64_t system_malloc_batch(int64_t *blocks, int64_t live, int64_t bytes, int64_t repeats);

/* Ask the kernel for the parent's process number, which no C library answers by itself; returns `repeats` if it stays the same. */
int64_t system_call(int64_t repeats);

/* Read the monotonic clock as the C library does, mostly without entering the kernel; returns the readings that did not go back. */
int64_t system_clock(int64_t repeats);

/* Write one byte into a pipe and read it out again, in one thread; returns the bytes that came through. */
int64_t system_pipe_hop(int64_t read_from, int64_t write_to, int64_t repeats);

/* Pass a byte on to another thread and wait for it to come back (leads 1), or wait for it and pass it on (leads 0), until
 * the pipe is closed from the other side; returns the turns taken. */
int64_t system_token(int64_t read_from, int64_t write_to, int64_t leads, int64_t repeats);

/* Append bytes to an open file and make the disk keep them (fsync); returns the bytes kept. */
int64_t system_fsync(int64_t file, const uint8_t *data, int64_t bytes, int64_t repeats);

/* Read from an open file at places that go round through its first file_bytes bytes; returns the bytes read. */
int64_t system_pread(int64_t file, uint8_t *into, int64_t bytes, int64_t file_bytes, int64_t repeats);
#endif
