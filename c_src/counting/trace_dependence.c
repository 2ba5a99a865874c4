#include "trace_dependence.h"

#include <string.h>

enum { BELIEVED = 2, LOOKED_AT = 24, SMALLEST_POINTER = 4096 };

static struct learner *learner_of(struct dependence *known, uint64_t instruction)
{
    return &known->learners[(instruction ^ instruction >> 12) % LEARNERS];
}

static unsigned by_pointer(const struct dependence *known, uint64_t address)
{
    unsigned most = 0;
    for (unsigned k = 0; k < KEPT; k++) {
        unsigned is_behind = address - known->values[k] < LARGEST_OFFSET;
        unsigned missed = is_behind ? known->missed[k] : 0;
        most = missed > most ? missed : most;
    }
    return most;
}

static unsigned by_index(struct dependence *known, uint64_t address, uint64_t instruction)
{
    const struct learner *learner = learner_of(known, instruction);
    unsigned most = 0;
    if (learner->instruction != instruction)
        return 0;
    for (unsigned c = 0; c < CANDIDATES; c++) {
        const struct candidate *candidate = &learner->candidates[c];
        if (candidate->held < BELIEVED)
            continue;
        for (unsigned k = 0; k < KEPT; k++) {
            int64_t step = (int64_t)known->values[k] - candidate->value;
            if (known->instructions[k] == candidate->instruction &&
                (uint64_t)candidate->scale * (uint64_t)step == address - candidate->address && known->missed[k] > most)
                most = known->missed[k];
        }
    }
    return most;
}

unsigned dependence_of(struct dependence *known, uint64_t address, uint64_t instruction)
{
    unsigned pointer = by_pointer(known, address), index = by_index(known, address, instruction);
    return pointer > index ? pointer : index;
}

/* A scale that holds for the step from the pair before to this one; 0 where there is none. */
static int64_t scale_of(const struct candidate *before, int64_t value, uint64_t address)
{
    int64_t values = value - before->value, addresses = (int64_t)(address - before->address);
    if (values == 0 || addresses % values != 0)
        return 0;
    int64_t scale = addresses / values;
    return scale > 0 && scale <= LARGEST_SCALE ? scale : 0;
}

static void learn_from(struct candidate *candidate, int64_t value, uint64_t address)
{
    if (value == candidate->value)
        return; /* says nothing */
    int64_t scale = scale_of(candidate, value, address);
    candidate->held = scale && scale == candidate->scale ? candidate->held + 1 : 0;
    candidate->scale = scale;
    candidate->value = value;
    candidate->address = address;
}

static struct candidate *candidate_of(struct learner *learner, uint64_t instruction)
{
    struct candidate *weakest = learner->candidates;
    for (unsigned c = 0; c < CANDIDATES; c++) {
        struct candidate *candidate = &learner->candidates[c];
        if (candidate->instruction == instruction)
            return candidate;
        if (candidate->held < weakest->held || !candidate->instruction)
            weakest = candidate;
    }
    *weakest = (struct candidate){.instruction = instruction};
    return weakest;
}

void dependence_learn(struct dependence *known, uint64_t address, uint64_t instruction)
{
    struct learner *learner = learner_of(known, instruction);
    if (learner->instruction != instruction) {
        memset(learner, 0, sizeof *learner);
        learner->instruction = instruction;
    }
    uint64_t seen[CANDIDATES];
    unsigned count = 0;
    for (unsigned back = 1; back <= LOOKED_AT && back <= known->next && count < CANDIDATES; back++) {
        unsigned k = (unsigned)((known->next - back) % KEPT), is_new = 1;
        for (unsigned s = 0; s < count; s++)
            is_new &= seen[s] != known->instructions[k];
        if (!is_new || !known->instructions[k])
            continue;
        seen[count++] = known->instructions[k];
        struct candidate *candidate = candidate_of(learner, known->instructions[k]);
        learn_from(candidate, (int64_t)known->values[k], address);
    }
}

void dependence_fetch(struct dependence *known, uint64_t line, unsigned missed)
{
    known->fetched[line % FETCHED] = (struct fetched){line, known->next, (uint8_t)missed};
}

unsigned dependence_fetching(const struct dependence *known, uint64_t line)
{
    const struct fetched *fetched = &known->fetched[line % FETCHED];
    return fetched->line == line && known->next - fetched->position <= KEPT ? fetched->missed : 0;
}

void dependence_keep(struct dependence *known, uint64_t value, uint64_t instruction, unsigned missed)
{
    unsigned k = (unsigned)(known->next++ % KEPT);
    known->values[k] = value;
    known->instructions[k] = instruction;
    known->missed[k] = (uint8_t)missed;
}
