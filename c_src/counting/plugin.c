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

static enum block_mark mark_of(const uint8_t *bytes, size_t size)
{
#if defined(__x86_64__)
    /* movl $0x6877000N,%ebx; fs addr32 nop: N is 1 where the region begins, 2 where it ends. QEMU's pointer may lead to a copy of
     * one instruction only, but in user mode the guest's memory is ours to read. */
    static const uint8_t ending[] = {0x64, 0x67, 0x90}, begin[] = {0xbb, 1, 0, 0x77, 0x68}, end[] = {0xbb, 2, 0, 0x77, 0x68};
    if (size != sizeof ending || memcmp(bytes, ending, size) != 0)
        return MARK_NONE;
    if (memcmp(bytes - sizeof begin, begin, sizeof begin) == 0)
        return MARK_BEGIN;
    return memcmp(bytes - sizeof end, end, sizeof end) == 0 ? MARK_END : MARK_NONE;
#else
    /* hint #0x68 begins the region, hint #0x69 ends it: unallocated hints do nothing. */
    uint32_t word = 0;
    memcpy(&word, bytes, size < sizeof word ? size : sizeof word);
    return word == 0xD5032D1F ? MARK_BEGIN : word == 0xD5032D3F ? MARK_END : MARK_NONE;
#endif
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
    for (size_t k = 0; k < block->count; k++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, k);
        uint64_t address = qemu_plugin_insn_vaddr(instruction);
        size_t size = qemu_plugin_insn_size(instruction);
        const void *bytes = qemu_plugin_insn_data(instruction);
        decode(bytes, size, address, &block->instructions[k]);
        enum block_mark found = mark_of((const uint8_t *)(uintptr_t)address, size);
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
    simulate_begin();
    log_deadline = options.seconds;
    log_begin(report_write);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_of_program, NULL);
    return 0;
}
