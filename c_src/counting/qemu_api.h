/* The part of QEMU's plugin interface, version 1, that we use, declared by us: Debian ships no header of it.
 *
 * `info` of an access is opaque to a plugin; whether it stores is asked of QEMU, and only where one callback serves both.
 * Source: QEMU 7.2, docs/devel/tcg-plugins.rst.
 */
#ifndef HWBENCH_COUNTING_QEMU_API_H
#define HWBENCH_COUNTING_QEMU_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct {
    const char *target_name;
    struct {
        int min, cur;
    } version;
    bool system_emulation;
} qemu_info_t;

enum { QEMU_CB_NO_REGS = 0 };
enum { QEMU_MEM_READ = 1, QEMU_MEM_WRITE = 2, QEMU_MEM_BOTH = 3 };

typedef void (*tb_translation_fn)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*vcpu_fn)(qemu_plugin_id_t, unsigned cpu);
typedef void (*vcpu_data_fn)(unsigned cpu, void *data);
typedef void (*vcpu_access_fn)(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data);
typedef void (*exit_fn)(qemu_plugin_id_t, void *data);
typedef void (*syscall_fn)(qemu_plugin_id_t, unsigned cpu, int64_t number, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                           uint64_t, uint64_t, uint64_t);
typedef void (*syscall_return_fn)(qemu_plugin_id_t, unsigned cpu, int64_t number, int64_t result);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, tb_translation_fn);
extern void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t, vcpu_fn);
extern void qemu_plugin_register_vcpu_exit_cb(qemu_plugin_id_t, vcpu_fn);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, exit_fn, void *data);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, syscall_fn);
extern void qemu_plugin_register_vcpu_syscall_ret_cb(qemu_plugin_id_t, syscall_return_fn);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, vcpu_data_fn, int flags, void *data);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *, vcpu_access_fn, int flags, int rw, void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t index);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *);
extern bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
extern unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);

#define EXPORTED __attribute__((visibility("default")))

#endif
