#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options options = {
    .prefetch = 1,
    .flow_first = 3e6,
    .flow_every = 96,
    .cache = {{32768, 8, 64}, {524288, 8, 64}, {16777216, 16, 64}},
    .tlb = {{64, 0}, {1536, 12}},
    .page = 4096,
    .streams = 32,
    .longest_stride = 2048,
    .pattern = 4096,
    .history = 640,
    .targets = 1024,
    .by_target = 1,
    .by_callee = 1,
    .return_stack = 32,
    .flow = {
        .width = 6, .window = 224, .store_buffer = 64, .scheduler = 96, .integer_registers = 160,
        .l1_latency = 4, .latency = {14, 46, 250}, .parallel = {12, 12, 12},
        .read_bandwidth = {32, 16, 6}, .write_bandwidth = {24, 8, 4},
        .tlb_miss = 7, .page_walk = 30, .walks_parallel = 2,
        .mispredict = 18, .indirect_mispredict = 20,
        .load_throughput = 2, .store_throughput = 1, .taken_cycles = 1,
        .forward = 5, .renamed = 5, .forward_failed = 14, .alias = 0, .atomic = 20, .system = 100,
    },
};

static const struct class_default {
    const char *name;
    double latency, cycles;
} class_defaults[OP_CLASSES] = {
    [OP_NOP] = {"nop", 0, 0},
    [OP_INTEGER] = {"integer", 1, 0.25},
    [OP_MULTIPLY] = {"multiply", 3, 1},
    [OP_DIVIDE_32] = {"divide_32", 12, 6},
    [OP_DIVIDE_64] = {"divide_64", 18, 10},
    [OP_FLOAT_ADD] = {"float_add", 4, 0.5},
    [OP_FLOAT_MULTIPLY] = {"float_multiply", 4, 0.5},
    [OP_FLOAT_FMA] = {"float_fma", 4, 0.5},
    [OP_FLOAT_DIVIDE_32] = {"float_divide_32", 11, 4},
    [OP_FLOAT_DIVIDE_64] = {"float_divide_64", 14, 5},
    [OP_FLOAT_ROOT_32] = {"float_root_32", 14, 6},
    [OP_FLOAT_ROOT_64] = {"float_root_64", 20, 9},
    [OP_FLOAT_OTHER] = {"float_other", 3, 0.5},
    [OP_VECTOR_INTEGER] = {"vector_integer", 1, 0.33},
    [OP_VECTOR_MULTIPLY] = {"vector_multiply", 4, 0.5},
    [OP_VECTOR_MOVE] = {"vector_move", 1, 0.33},
    [OP_TRANSFER] = {"transfer", 2, 0.5},
    [OP_MOVE] = {"move", 0, 0},
    [OP_BRANCH] = {"branch", 1, 0.5},
    [OP_ATOMIC] = {"atomic_op", 1, 1},
    [OP_FENCE] = {"fence", 0, 0},
    [OP_STRING] = {"string", 1, 1},
    [OP_SYSTEM] = {"system_op", 0, 0},
    [OP_OTHER] = {"other", 4, 1},
};

static const struct {
    const char *name;
    size_t at, count;
} numbers[] = {
#define NUMBER(name, member) {name, offsetof(struct options, member), sizeof options.member / sizeof(double)}
    NUMBER("seconds", seconds),
    NUMBER("region", region),
    NUMBER("prefetch", prefetch),
    NUMBER("flow_first", flow_first),
    NUMBER("flow_every", flow_every),
    NUMBER("l1d", cache[0]),
    NUMBER("l2", cache[1]),
    NUMBER("l3", cache[2]),
    NUMBER("dtlb1", tlb[0]),
    NUMBER("dtlb2", tlb[1]),
    NUMBER("page", page),
    NUMBER("streams", streams),
    NUMBER("longest_stride", longest_stride),
    NUMBER("pattern", pattern),
    NUMBER("history", history),
    NUMBER("targets", targets),
    NUMBER("return_stack", return_stack),
    NUMBER("by_target", by_target),
    NUMBER("by_callee", by_callee),
    NUMBER("width", flow.width),
    NUMBER("window", flow.window),
    NUMBER("store_buffer", flow.store_buffer),
    NUMBER("scheduler", flow.scheduler),
    NUMBER("integer_registers", flow.integer_registers),
    NUMBER("l1_latency", flow.l1_latency),
    NUMBER("indexed", flow.indexed),
    NUMBER("latency", flow.latency),
    NUMBER("parallel", flow.parallel),
    NUMBER("read_bandwidth", flow.read_bandwidth),
    NUMBER("write_bandwidth", flow.write_bandwidth),
    NUMBER("streamed", flow.streamed),
    NUMBER("strided", flow.strided),
    NUMBER("tlb_miss", flow.tlb_miss),
    NUMBER("page_walk", flow.page_walk),
    NUMBER("walks_parallel", flow.walks_parallel),
    NUMBER("mispredict", flow.mispredict),
    NUMBER("indirect_mispredict", flow.indirect_mispredict),
    NUMBER("load_throughput", flow.load_throughput),
    NUMBER("store_throughput", flow.store_throughput),
    NUMBER("taken_cycles", flow.taken_cycles),
    NUMBER("return_cycles", flow.return_cycles),
    NUMBER("callee_cycles", flow.callee_cycles),
    NUMBER("forward", flow.forward),
    NUMBER("handed_on", flow.handed_on),
    NUMBER("renamed", flow.renamed),
    NUMBER("forward_failed", flow.forward_failed),
    NUMBER("alias", flow.alias),
    NUMBER("atomic", flow.atomic),
    NUMBER("system", flow.system),
#undef NUMBER
};

static bool read_numbers(const char *text, double *into, size_t count)
{
    for (size_t k = 0; k < count && *text; k++) {
        char *end;
        into[k] = strtod(text, &end);
        if (end == text || (*end && *end != ':'))
            return false;
        text = *end ? end + 1 : end;
    }
    return *text == 0;
}

/* `op_NAME=latency:cycles each, where many are independent`. */
static bool read_class(const char *name, const char *value)
{
    for (int op = 0; op < OP_CLASSES; op++)
        if (strcmp(name, class_defaults[op].name) == 0) {
            double both[2] = {options.flow.op_latency[op], options.flow.op_cycles[op]};
            bool is_read = read_numbers(value, both, 2);
            options.flow.op_latency[op] = both[0];
            options.flow.op_cycles[op] = both[1];
            return is_read;
        }
    return false;
}

static bool read_one(const char *argument)
{
    const char *equals = strchr(argument, '=');
    char name[32];
    if (!equals || (size_t)(equals - argument) >= sizeof name)
        return false;
    memcpy(name, argument, (size_t)(equals - argument));
    name[equals - argument] = 0;
    if (strcmp(name, "out") == 0) {
        options.out = strdup(equals + 1);
        return options.out != NULL;
    }
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (strcmp(name, numbers[k].name) == 0)
            return read_numbers(equals + 1, (double *)((char *)&options + numbers[k].at), numbers[k].count);
    return strncmp(name, "op_", 3) == 0 && read_class(name + 3, equals + 1);
}

bool options_read(int argc, char **argv)
{
    for (int op = 0; op < OP_CLASSES; op++) {
        options.flow.op_latency[op] = class_defaults[op].latency;
        options.flow.op_cycles[op] = class_defaults[op].cycles;
    }
    for (int k = 0; k < argc; k++)
        if (!read_one(argv[k])) {
            fprintf(stderr, "hwbench counting plugin: does not understand the option %s\n", argv[k]);
            return false;
        }
    return true;
}
