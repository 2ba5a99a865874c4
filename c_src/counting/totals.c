#include "totals.h"

#include <math.h>
#include <stdio.h>

#include "report.h"
#include "simulate.h"
#include "transfers.h"

enum { LEAST_WINDOWS = 4 }; /* of the flow model, to tell an error from */

static const char *const level_names[LEVELS] = {"l1d", "l2", "l3"};
static const char *const cause_names[CAUSES] = {"cache", "bandwidth", "tlb", "branch", "dispatch", "execution"};

static void add(struct totals *totals, const char *first, const char *second, double value, double error)
{
    if (totals->count == TOTALS_MOST)
        return;
    struct total *total = &totals->each[totals->count++];
    snprintf(total->name, sizeof total->name, "%s%s", first, second);
    total->value = value;
    total->error = error;
}

/* What follows from how often each block ran. */
static void add_blocks(struct totals *totals, double *loads, double *stores)
{
    double instructions = 0, blocks = 0, flows[FLOW_INDIRECT_CALL + 1] = {0}, ops[OP_CLASSES] = {0}, scalar = 0, vector = 0, elements = 0;
    for (const struct block *block = all_blocks; block; block = block->next) {
        double times = (double)block->executions;
        if (times == 0)
            continue;
        instructions += times * block->count - (double)block->repeats;
        blocks += times;
        flows[block->flow] += times;
        *loads += block->is_plain ? times * block->loads : 0;
        *stores += block->is_plain ? times * block->stores : 0;
        for (unsigned k = 0; k < block->count; k++) {
            const struct decoded *it = &block->instructions[k];
            ops[it->op] += times;
            if (it->element_bytes == 0)
                continue;
            elements += times * it->vector_bytes / it->element_bytes;
            *(it->vector_bytes > it->element_bytes ? &vector : &scalar) += times;
        }
    }
    totals->instructions = instructions;
    add(totals, "instructions", "", instructions, 0);
    add(totals, "blocks", "", blocks, 0);
    add(totals, "branches.conditional", "", flows[FLOW_CONDITIONAL], 0);
    add(totals, "branches.indirect", "", flows[FLOW_INDIRECT_JUMP] + flows[FLOW_INDIRECT_CALL] + flows[FLOW_RETURN], 0);
    add(totals, "branches.calls", "", flows[FLOW_CALL] + flows[FLOW_INDIRECT_CALL], 0);
    add(totals, "branches.returns", "", flows[FLOW_RETURN], 0);
    add(totals, "operations.scalar", "", scalar, 0);
    add(totals, "operations.vector", "", vector, 0);
    add(totals, "operations.elements", "", elements, 0);
    add(totals, "operations.divide", "",
        ops[OP_DIVIDE_32] + ops[OP_DIVIDE_64] + ops[OP_FLOAT_DIVIDE_32] + ops[OP_FLOAT_DIVIDE_64], 0);
    add(totals, "operations.square_root", "", ops[OP_FLOAT_ROOT_32] + ops[OP_FLOAT_ROOT_64], 0);
    add(totals, "atomics", "", ops[OP_ATOMIC], 0);
    add(totals, "fences", "", ops[OP_FENCE], 0);
}

static struct counts sum_threads(void)
{
    struct counts sum = {0};
    for (unsigned cpu = 0; cpu < THREADS_MOST; cpu++) {
        if (!threads[cpu])
            continue;
        const uint64_t *from = (const uint64_t *)&threads[cpu]->counts[1];
        uint64_t *into = (uint64_t *)&sum;
        for (size_t k = 0; k < sizeof sum / sizeof *into; k++)
            into[k] += from[k];
    }
    return sum;
}

/* The part of the misses without a stream that is dependent in the samples, and its error. */
static double share_of_dependent(const struct stratum *stratum, int level, double *error)
{
    double dependent = stratum->kinds[level][KIND_DEPENDENT], misses = dependent + stratum->kinds[level][KIND_INDEPENDENT];
    double share = misses > 0 ? dependent / misses : 0;
    double spread = stratum->spread.dependent_squared[level] - 2 * share * stratum->spread.dependent_times[level] +
                    share * share * stratum->spread.misses_squared[level];
    *error = misses > 0 && stratum->windows >= LEAST_WINDOWS ? sqrt(spread > 0 ? spread : 0) / misses : 0.5;
    return share;
}

/* The misses that no stream explains are split as the flow model saw them split. */
static void add_kinds(struct totals *totals, const struct counts *counts, int level)
{
    char name[32];
    const double *first = stratum_first.kinds[level];
    double rest = (double)(counts->misses[level] - counts->streamed[level]), error = 0;
    double seen = first[KIND_INDEPENDENT] + first[KIND_DEPENDENT], unseen = rest > seen ? rest - seen : 0;
    const struct stratum *basis = stratum_later.windows > 0 ? &stratum_later : &stratum_first;
    double dependent = first[KIND_DEPENDENT] + unseen * share_of_dependent(basis, level, &error);
    error = error * unseen < rest ? error * unseen : rest;
    snprintf(name, sizeof name, "%s.misses", level_names[level]);
    add(totals, name, "", (double)counts->misses[level], 0);
    add(totals, name, ".streamed", (double)counts->streamed[level], 0);
    add(totals, name, ".independent", rest > dependent ? rest - dependent : 0, error);
    add(totals, name, ".dependent", dependent, error);
    add(totals, level_names[level], ".store_misses", (double)counts->store_misses[level], 0);
}

/* Cycles of a lane: those of the first instructions as they are, those of the later ones by the ratio of the samples, with the
 * error of a ratio estimator. Source: Cochran, Sampling techniques (1977), chapters 6 and 9A. */
static struct total estimate(double instructions, int lane)
{
    const struct stratum *first = &stratum_first, *later = &stratum_later, *basis = later->windows > 0 ? later : first;
    double unseen = instructions > first->instructions ? instructions - first->instructions : 0;
    struct total total = {.value = first->cycles[lane]};
    if (basis->instructions <= 0)
        return total;
    double ratio = basis->cycles[lane] / basis->instructions;
    double spread = basis->spread.cycles_squared[lane] - 2 * ratio * basis->spread.cycles_times[lane] +
                    ratio * ratio * basis->spread.squared;
    total.value += unseen * ratio;
    if (basis == later && later->windows >= LEAST_WINDOWS)
        total.error = unseen / basis->instructions * sqrt(spread > 0 ? spread : 0);
    else
        total.error = unseen * ratio / 2;
    return total;
}

static void add_model(struct totals *totals)
{
    struct total all = estimate(totals->instructions, LANE_ALL), ideal = estimate(totals->instructions, LANE_IDEAL);
    totals->cycles_an_instruction = totals->instructions > 0 ? all.value / totals->instructions : 0;
    add(totals, "model.cycles", "", all.value, all.error);
    add(totals, "model.ideal", "", ideal.value, ideal.error);
    for (int cause = 0; cause < CAUSES; cause++) {
        struct total only = estimate(totals->instructions, LANE_ONLY + cause);
        struct total without = estimate(totals->instructions, LANE_WITHOUT + cause);
        add(totals, "model.only.", cause_names[cause], only.value, only.error);
        add(totals, "model.without.", cause_names[cause], without.value, without.error);
    }
}

void totals_take(struct totals *totals)
{
    struct counts counts = sum_threads();
    struct wrong_guesses wrong = outcomes_wrong();
    double loads = (double)counts.loads, stores = (double)counts.stores, calls = 0;
    totals->count = 0;
    add_blocks(totals, &loads, &stores);
    add(totals, "loads", "", loads, 0);
    add(totals, "stores", "", stores, 0);
    for (int level = 0; level < LEVELS; level++)
        add_kinds(totals, &counts, level);
    add(totals, "dtlb.l1.misses", "", (double)counts.tlb[0], 0);
    add(totals, "dtlb.l2.misses", "", (double)counts.tlb[1], 0);
    add(totals, "branches.conditional.mispredicted", "", (double)wrong.direction, 0);
    add(totals, "branches.indirect.mispredicted", "", (double)(wrong.target + wrong.back), 0);
    add(totals, "line_transfers", "", (double)transfers_total(), 0);
    add(totals, "threads", "", (double)report_threads, 0);
    for (int number = 0; number < SYSCALLS_MOST; number++)
        calls += (double)report_syscalls[number];
    add(totals, "syscalls", "", calls, 0);
    add_model(totals);
}
