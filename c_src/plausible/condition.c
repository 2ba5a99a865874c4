#include "statement.h"

static bool is_of_numbers(const struct plan *plan, int at)
{
    if (at < 0)
        return true;
    const struct node *node = &plan->query.nodes[at];
    return node->type != TEXT && is_of_numbers(plan, node->first) && is_of_numbers(plan, node->second);
}

int plausible_condition(struct plausible_statement *statement, int64_t yielded)
{
    const struct plan *made = &statement->plan;
    if (statement->engine->mistakes & (SYSTEM | ABSTRACTION) || made->query.kind != SELECT || statement_plan(statement) < 0)
        return -1;
    int64_t so_far = statement->fused ? fused_yielded(statement->fused) : 0;
    return !statement->filter && so_far >= yielded && is_of_numbers(made, made->filters[LEFT]) ? made->filters[LEFT] : -1;
}

int plausible_condition_node(const struct plausible_statement *statement, int node, struct plausible_node *told)
{
    if (node < 0 || node >= statement->plan.query.node_count)
        return -1;
    const struct node *from = &statement->plan.query.nodes[node];
    *told = (struct plausible_node){(int)from->operation, (int)from->type, from->first, from->second, from->column};
    return 0;
}

void plausible_compiled(struct plausible_statement *statement, plausible_filter *filter)
{
    statement->filter = filter;
}
