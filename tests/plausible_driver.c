/* Runs the plausible engine through its API in every variant, under the sanitizers: prints a checksum of each variant's answers. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 2500 };

static void must(int64_t status, struct plausible *engine, const char *what)
{
    if (status >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, plausible_trouble(engine));
    exit(1);
}

static struct plausible_statement *prepared(struct plausible *engine, const char *sql)
{
    struct plausible_statement *statement = plausible_prepare(engine, sql);
    must(statement ? 0 : -1, engine, sql);
    return statement;
}

static void run(struct plausible *engine, const char *sql)
{
    struct plausible_statement *statement = prepared(engine, sql);
    must(plausible_execute(statement), engine, sql);
    plausible_let_go(statement);
}

static void fill(struct plausible *engine, const char *sql, int64_t first, int64_t rows)
{
    int64_t *keys = malloc((size_t)rows * sizeof *keys), *ends = malloc((size_t)rows * sizeof *ends);
    double *reals = malloc((size_t)rows * sizeof *reals);
    char *bytes = malloc((size_t)rows * 4);
    int64_t end = 0;
    for (int64_t i = 0; i < rows; i++) {
        keys[i] = first + i;
        reals[i] = (double)(i % 17) / 2;
        for (int64_t j = 0; j < i % 4; j++)
            bytes[end++] = (char)('a' + i % 5);
        ends[i] = end;
    }
    struct plausible_statement *statement = prepared(engine, sql);
    plausible_bind_column(statement, 0, 0, keys, NULL);
    plausible_bind_column(statement, 1, 1, reals, NULL);
    plausible_bind_column(statement, 2, 2, bytes, ends);
    must(plausible_insert(statement, rows, 1), engine, sql);
    plausible_let_go(statement);
    free(keys), free(ends), free(reals), free(bytes);
}

static int64_t checked(struct plausible_statement *statement, int64_t count)
{
    int64_t sum = 0;
    for (int column = 0; column < plausible_columns(statement); column++) {
        if (plausible_is_null(statement, column))
            continue;
        int type = plausible_type(statement, column);
        if (type == 2) {
            int64_t length = plausible_texts(statement, column, NULL, NULL), *ends = malloc((size_t)count * sizeof *ends);
            char *bytes = malloc((size_t)length + 1);
            plausible_texts(statement, column, bytes, ends);
            for (int64_t i = 0; i < length; i++)
                sum += bytes[i];
            sum += ends[count - 1];
            free(bytes), free(ends);
        }
        for (int64_t i = 0; i < count && type != 2; i++)
            sum += type ? (int64_t)(plausible_reals(statement, column)[i] * 4) : plausible_integers(statement, column)[i];
    }
    return sum;
}

static int64_t answer(struct plausible *engine, const char *sql, int64_t integer)
{
    struct plausible_statement *statement = prepared(engine, sql);
    int64_t sum = 0, rows = 0, count;
    for (int time = 0; time < 2; time++) {
        if (plausible_parameters(statement))
            must(plausible_bind_integer(statement, 0, integer), engine, sql);
        must(plausible_execute(statement), engine, sql);
        while ((count = plausible_fetch(statement)) > 0) {
            rows += count;
            sum += checked(statement, count);
        }
        must(count, engine, sql);
    }
    plausible_let_go(statement);
    return sum * 31 + rows;
}

static const char *const QUESTIONS[] = {
    "SELECT * FROM t WHERE id = ?",
    "SELECT id, name, price + 1 FROM t WHERE price > 2.5 AND NOT (id < ?) OR name = 'b'",
    "SELECT count(*), sum(id), avg(price), min(name), max(price) FROM t WHERE id < ?",
    "SELECT count(*), max(name) FROM t WHERE id = ? AND price < 0",
    "SELECT t.id, u.name FROM t JOIN u ON t.id = u.id WHERE t.price <> u.price OR u.id = ?",
    "SELECT count(*) FROM t JOIN u ON t.name = u.name WHERE t.id < ?",
    "SELECT max(id), min(id) FROM t WHERE id < ?",
    "SELECT max(id), min(id) FROM t",
    "SELECT t.id, u.id FROM t JOIN u ON t.price = u.price WHERE t.id = ?",
};

static int64_t answers(struct plausible *engine)
{
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++)
        sum = sum * 7 + answer(engine, QUESTIONS[i], 37);
    return sum;
}

static struct plausible *filled(const char *path, int mistakes, int64_t rows)
{
    struct plausible *engine = plausible_open(path, mistakes);
    run(engine, "CREATE TABLE t (id INTEGER PRIMARY KEY, price REAL, name TEXT)");
    run(engine, "CREATE TABLE u (id INTEGER PRIMARY KEY, price REAL, name TEXT)");
    fill(engine, "INSERT INTO t VALUES (?, ?, ?)", 0, rows);
    fill(engine, "INSERT INTO u VALUES (?, ?, ?)", 20, 40);
    return engine;
}

static int64_t refused(struct plausible *engine)
{
    struct plausible_statement *statement = prepared(engine, "INSERT INTO t VALUES (?, 1.5, 'x')");
    int64_t keys[] = {9000, 9001}, others[] = {9002, 9003, 5};
    plausible_bind_column(statement, 0, 0, keys, NULL);
    must(plausible_insert(statement, 2, 0), engine, "the first rows");
    plausible_bind_column(statement, 0, 0, others, NULL);
    int64_t status = plausible_insert(statement, 3, 1);
    plausible_bind_column(statement, 0, 0, keys, NULL);
    must(plausible_insert(statement, 2, 0), engine, "the first rows again");
    plausible_take_back(statement);
    plausible_let_go(statement);
    return status;
}

/* A statement that is at something when its connection ends. */
static void outlived(struct plausible *engine)
{
    struct plausible_statement *statement = prepared(engine, "SELECT name FROM t WHERE price > 1");
    must(plausible_execute(statement), engine, "outlived");
    must(plausible_fetch(statement), engine, "outlived");
    plausible_close(engine);
    plausible_let_go(statement);
}

int main(int count, char **arguments)
{
    if (count != 2)
        return 2;
    for (int mistakes = 0; mistakes < 16; mistakes++) {
        struct plausible *engine = filled(NULL, mistakes, ROWS);
        long long in_memory = answers(engine), status = refused(engine), after = answers(engine);
        plausible_close(engine);
        remove(arguments[1]);
        plausible_close(filled(arguments[1], mistakes, 50));
        engine = plausible_open(arguments[1], mistakes ^ 15);
        printf("%lld %lld %lld %lld\n", in_memory, status, after, (long long)answers(engine));
        outlived(engine);
    }
    return 0;
}
