#include "report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "simulate.h"
#include "totals.h"
#include "trace_log.h"

uint64_t report_syscalls[SYSCALLS_MOST], report_threads;
const char *report_executes;
bool report_is_child;

static void write_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        unsigned char each = (unsigned char)*text;
        if (each == '"' || each == '\\')
            fprintf(file, "\\%c", each);
        else if (each < ' ' || each >= 127)
            fprintf(file, "\\u%04x", each);
        else
            fputc(each, file);
    }
    fputc('"', file);
}

static void write_totals(FILE *file, const struct totals *totals)
{
    fputs(",\n\"counts\": {", file);
    for (unsigned k = 0; k < totals->count; k++)
        fprintf(file, "%s\"%s\": %.17g", k ? ", " : "", totals->each[k].name, totals->each[k].value);
    fputs("},\n\"errors\": {", file);
    const char *comma = "";
    for (unsigned k = 0; k < totals->count; k++)
        if (totals->each[k].error > 0) {
            fprintf(file, "%s\"%s\": %.6g", comma, totals->each[k].name, totals->each[k].error);
            comma = ", ";
        }
    fprintf(file, "},\n\"modelled\": {\"first\": %.0f, \"later\": %.0f, \"windows\": %.0f}", stratum_first.modelled,
            stratum_later.modelled, stratum_later.windows);
}

static void write_syscalls(FILE *file)
{
    const char *comma = "";
    fputs(",\n\"syscalls\": {", file);
    for (int number = 0; number < SYSCALLS_MOST; number++)
        if (report_syscalls[number]) {
            fprintf(file, "%s\"%d\": %llu", comma, number, (unsigned long long)report_syscalls[number]);
            comma = ", ";
        }
    fputc('}', file);
}

static void write_blocks(FILE *file, const struct totals *totals)
{
    const char *comma = "";
    fputs(",\n\"blocks\": [", file);
    for (const struct block *block = all_blocks; block; block = block->next) {
        if (block->executions == 0)
            continue;
        double instructions = (double)block->executions * block->count - (double)block->repeats;
        double cycles = instructions * totals->cycles_an_instruction;
        if (block->sampled)
            cycles = (double)block->sampled_cycles / UNIT / (double)block->sampled * (double)block->executions;
        fprintf(file, "%s[%llu,%.0f,%llu,%.0f]", comma, (unsigned long long)block->address, instructions,
                (unsigned long long)block->executions, cycles);
        comma = ",\n";
    }
    fputs("]", file);
}

static void write_maps(FILE *file)
{
    char line[4096 + 256];
    FILE *maps = fopen("/proc/self/maps", "r");
    const char *comma = "";
    fputs(",\n\"maps\": [", file);
    while (maps && fgets(line, sizeof line, maps)) {
        fputs(comma, file);
        write_text(file, line);
        comma = ",\n";
    }
    fputs("]", file);
    if (maps)
        fclose(maps);
}

void report_forget(void)
{
    memset(report_syscalls, 0, sizeof report_syscalls);
    report_threads = simulated_threads = 1;
    report_executes = NULL;
    report_is_child = true;
}

/* Written beside its place and renamed: who reads it never sees half of it. */
void report_write(bool stopped)
{
    static struct totals totals;
    char path[4096], beside[4096 + 8];
    if (!options.out)
        return;
    if (report_is_child)
        snprintf(path, sizeof path, "%s.%ld", options.out, (long)getpid());
    else
        snprintf(path, sizeof path, "%s", options.out);
    snprintf(beside, sizeof beside, "%s.part", path);
    FILE *file = fopen(beside, "w");
    if (!file)
        return;
    totals_take(&totals);
    fprintf(file, "{\"stopped\": %s, \"child\": %s, \"simulator_seconds\": %.3f", stopped ? "true" : "false",
            report_is_child ? "true" : "false", log_simulator_seconds());
    if (report_executes) {
        fputs(", \"executes\": ", file);
        write_text(file, report_executes);
    }
    write_totals(file, &totals);
    write_syscalls(file);
    write_blocks(file, &totals);
    write_maps(file);
    fputs("}\n", file);
    bool is_written = !ferror(file);
    if (fclose(file) == 0 && is_written)
        rename(beside, path);
}
