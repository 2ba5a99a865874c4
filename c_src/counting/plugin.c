/* The counting plugin: what QEMU calls.
 *
 * At translation each instruction is decoded and the callbacks are chosen; when the program runs they only append a word to
 * the log. Where the first access of a block is certain, its callback also writes the block's mark, which saves a call.
 * Fooled by: a block that is left early by a fault (its rest is counted), a program that executes another natively.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "options.h"
#include "qemu_api.h"
#include "report.h"
#include "simulate.h"
#include "trace_log.h"

EXPORTED int qemu_plugin_version = 1;

static inline void append(unsigned cpu, uint64_t word)
{
    struct log *log = &logs[cpu];
    *log->next++ = word;
}

static inline uint64_t *mark(unsigned cpu, uint64_t word)
{
    struct log *log = &logs[cpu];
    uint64_t *next = log->next;
    if (__builtin_expect(next >= log->limit, 0))
        next = log_hand_over(cpu);
    *next++ = word;
    return next;
}

static void on_block(unsigned cpu, void *block)
{
    logs[cpu].next = mark(cpu, LOG_MARK | (uintptr_t)block);
}

static void on_first_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *block)
{
    (void)info;
    uint64_t *next = mark(cpu, LOG_MARK | LOG_MERGED | (uintptr_t)block);
    *next = address;
    logs[cpu].next = next + 1;
}

static void on_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *tag)
{
    (void)info;
    append(cpu, address | (uintptr_t)tag);
}

static void on_either(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *tag)
{
    append(cpu, address | (uintptr_t)tag | (qemu_plugin_mem_is_store(info) ? LOG_STORE : 0));
}

/* The simulator, which counts from a mark on, lags behind: what is counted here needs to know of marks itself. */
static bool is_in_region;

static void on_mark(unsigned cpu, void *block)
{
    is_in_region = ((struct block *)block)->mark == MARK_BEGIN;
    log_mark_region(cpu, is_in_region || options.region == 0);
}

static void *tag_of(size_t index, bool is_store)
{
    return (void *)(uintptr_t)((uint64_t)index << LOG_INDEX_SHIFT | (is_store ? LOG_STORE : 0));
}

/* Whether the emulator makes exactly one access whenever the instruction runs. */
static bool is_certain(const struct decoded *it)
{
    bool is_plain = it->known && !it->is_conditional_access && it->op != OP_ATOMIC && it->op != OP_STRING &&
                    it->op != OP_SYSTEM && it->op != OP_OTHER && it->access_bytes <= 8;
    return is_plain && it->loads + it->stores == 1;
}

static bool has_access(const struct decoded *it)
{
    return !it->known || it->loads || it->stores || it->op == OP_SYSTEM || it->op == OP_OTHER;
}

/* Registers the callback of one instruction; `block` is set where it shall mark the block as well.
 *
 * Always for both ways: QEMU 7.2 delivers the wrong ones where only reads or only writes are asked for. */
static void watch(struct qemu_plugin_insn *instruction, const struct decoded *it, size_t index, struct block *block)
{
    bool is_plain = it->known && (it->loads == 0) != (it->stores == 0);
    vcpu_access_fn call = block ? on_first_access : is_plain ? on_access : on_either;
    void *data = block ? (void *)block : tag_of(index, is_plain && it->stores);
    if (block)
        block->first_tag = (uintptr_t)tag_of(index, it->stores != 0);
    qemu_plugin_register_vcpu_mem_cb(instruction, call, QEMU_CB_NO_REGS, QEMU_MEM_BOTH, data);
}

#if defined(__x86_64__)
enum { MARK_NUMBER = 1, MARK_ENDS = 2 };
static const uint8_t region_mark[] = {0xbb, 1, 0, 0x77, 0x68, 0x64, 0x67, 0x90};
#else
enum { MARK_NUMBER = 4, MARK_ENDS = 0x49 };
static const uint8_t region_mark[] = {0xe9, 0x0e, 0x8d, 0xd2, 0x29, 0, 0xa0, 0xf2, 0x1f, 0x20, 0x03, 0xd5};
#endif

/* Whether the last bytes of code are a region's mark: see include/hwbench_region.h. */
static enum block_mark mark_of(const uint8_t *last)
{
    uint8_t found[sizeof region_mark];
    memcpy(found, last, sizeof found);
    bool is_end = found[MARK_NUMBER] == MARK_ENDS;
    if (is_end)
        found[MARK_NUMBER] = region_mark[MARK_NUMBER];
    if (memcmp(found, region_mark, sizeof found) != 0)
        return MARK_NONE;
    return is_end ? MARK_END : MARK_BEGIN;
}

/* Moves an instruction's bytes in from the right. */
static void shift_in(uint8_t *last, const uint8_t *bytes, size_t size)
{
    size_t kept = size < sizeof region_mark ? sizeof region_mark - size : 0, added = sizeof region_mark - kept;
    memmove(last, last + added, kept);
    memcpy(last + kept, bytes + size - added, added);
}

static uint32_t identity_of(const struct qemu_plugin_tb *tb, size_t count)
{
    uint32_t hash = 2166136261u;
    for (size_t k = 0; k < count; k++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, k);
        const uint8_t *bytes = qemu_plugin_insn_data(instruction);
        for (size_t b = 0, size = qemu_plugin_insn_size(instruction); b < size; b++)
            hash = (hash ^ bytes[b]) * 16777619u;
    }
    return hash;
}

static void decode_block(struct block *block, const struct qemu_plugin_tb *tb)
{
    uint8_t last[sizeof region_mark] = {0};
    for (size_t k = 0; k < block->count; k++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, k);
        uint64_t address = qemu_plugin_insn_vaddr(instruction);
        size_t size = qemu_plugin_insn_size(instruction);
        const void *bytes = qemu_plugin_insn_data(instruction);
        decode(bytes, size, address, &block->instructions[k]);
        shift_in(last, bytes, size);
        enum block_mark found = mark_of(last);
        if (found != MARK_NONE)
            block->mark = (uint8_t)found;
        block->last_address = address;
        block->after = address + size;
    }
    block_finish(block);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(tb);
    bool is_new, is_marked = false;
    struct block *block = block_at(qemu_plugin_tb_vaddr(tb), count, identity_of(tb, count), &is_new);
    if (is_new)
        decode_block(block, tb);
    if (block->mark != MARK_NONE)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_mark, QEMU_CB_NO_REGS, block);
    for (size_t k = 0; k < count; k++) {
        const struct decoded *it = &block->instructions[k];
        if (!has_access(it))
            continue;
        bool marks = !is_marked && is_certain(it);
        watch(qemu_plugin_tb_get_insn(tb, k), it, k, marks ? block : NULL);
        if (marks)
            is_marked = true;
        else if (!is_marked) {
            qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_CB_NO_REGS, block);
            is_marked = true;
        }
    }
    if (!is_marked)
        qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_CB_NO_REGS, block);
}

#if defined(__x86_64__)
enum { SYSCALL_EXECVE = 59, SYSCALL_EXECVEAT = 322, SYSCALL_MADVISE = 28, SYSCALL_MUNMAP = 11 };
#else
enum { SYSCALL_EXECVE = 221, SYSCALL_EXECVEAT = 281, SYSCALL_MADVISE = 233, SYSCALL_MUNMAP = 215 };
#endif
enum { ADVICE_GIVEN_BACK = 4, ADVICE_HUGE = 14, ADVICE_NOT_HUGE = 15 };

/* Before another program takes this one's place, natively, what was counted is written; if that fails, it is written again later. */
static void on_syscall(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t first, uint64_t second, uint64_t third,
                       uint64_t fourth, uint64_t fifth, uint64_t sixth, uint64_t seventh, uint64_t eighth)
{
    (void)id, (void)fourth, (void)fifth, (void)sixth, (void)seventh, (void)eighth;
    if ((is_in_region || options.region == 0) && number >= 0 && number < SYSCALLS_MOST)
        __atomic_fetch_add(&report_syscalls[number], 1, __ATOMIC_RELAXED);
    if (number == SYSCALL_MADVISE && (third == ADVICE_HUGE || third == ADVICE_NOT_HUGE))
        simulate_huge(first, first + second, third == ADVICE_HUGE);
    if (number == SYSCALL_MADVISE && third == ADVICE_GIVEN_BACK)
        simulate_unmapped(first, first + second);
    if (number == SYSCALL_MUNMAP) {
        simulate_huge(first, first + second, false);
        simulate_unmapped(first, first + second);
    }
    if (number != SYSCALL_EXECVE && number != SYSCALL_EXECVEAT)
        return;
    log_finish_own(cpu);
    report_executes = (const char *)(uintptr_t)(number == SYSCALL_EXECVE ? first : second);
    report_write(false);
    report_executes = NULL;
}

static void on_thread(qemu_plugin_id_t id, unsigned cpu)
{
    (void)id, (void)cpu;
    __atomic_fetch_add(&report_threads, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&simulated_threads, 1, __ATOMIC_RELAXED);
}

static void on_thread_end(qemu_plugin_id_t id, unsigned cpu)
{
    (void)id, (void)cpu;
    __atomic_fetch_sub(&simulated_threads, 1, __ATOMIC_RELAXED);
}

static void on_exit_of_program(qemu_plugin_id_t id, void *unused)
{
    (void)id, (void)unused;
    log_finish();
    report_write(false);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    if (info->system_emulation || !options_read(argc, argv))
        return -1;
    outcomes_begin();
    simulate_begin();
    log_deadline = options.seconds;
    log_is_thinned = options.region != 0;
    log_begin(report_write);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
    qemu_plugin_register_vcpu_init_cb(id, on_thread);
    qemu_plugin_register_vcpu_exit_cb(id, on_thread_end);
    qemu_plugin_register_atexit_cb(id, on_exit_of_program, NULL);
    return 0;
}
