/* SPDX-License-Identifier: MIT */
/* From a unit's graph of blocks to its code object.
 *
 * Cell and free variables are numbered per unit while code is emitted (cells first); only here is
 * it known how many locals precede them, so this is where their operands become slots. Jumps are
 * laid out until no operand needs another EXTENDED_ARG. All tables are built in one buffer each,
 * sized beforehand for the worst case. */
#include "ks_compile.h"

#include "pycore_opcode.h"

/* ---- variables ---- */

/* The slot of each cell, then of each free variable; cells that are arguments or locals too share
 * their slot. *shared counts those. */
static int *
variable_slots(KsCompiler *c, KsUnit *u, int *shared)
{
    int cells = u->cellvars.count, total = cells + u->freevars.count;
    int *slots = ks_arena_alloc(c->arena, (size_t)total * sizeof(int) + sizeof(int));
    if (slots == NULL)
        return NULL;
    *shared = 0;
    for (int i = 0; i < total; i++) {
        int local = i < cells ? ks_name_find(&u->varnames, u->cellvars.names[i]) : -1;
        *shared += local >= 0;
        slots[i] = local >= 0 ? local : u->varnames.count + i - *shared;
    }
    return slots;
}

static void
place_variables(KsBlock *entry, const int *slots)
{
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->count; i++) {
            KsInstr *instr = &b->instrs[i];
            switch (instr->opcode) {
                case LOAD_CLOSURE:
                case LOAD_DEREF:
                case STORE_DEREF:
                case DELETE_DEREF:
                case LOAD_CLASSDEREF:
                    instr->oparg = slots[instr->oparg];
            }
        }
    }
}

static int
insert_prefix(KsCompiler *c, KsBlock *entry, int index, int opcode, int oparg, int line)
{
    KsInstr *instr = ks_block_insert(c, entry, index);
    if (instr == NULL)
        return 0;
    *instr = (KsInstr){.opcode = opcode, .oparg = oparg, .pos = {line, -1, line, -1}};
    return 1;
}

/* What a frame does before its first line: fetch the closure, make cells, become a generator. */
static int
insert_prefixes(KsCompiler *c, KsUnit *u, KsBlock *entry, const int *slots, int is_generator)
{
    if (is_generator
        && (!insert_prefix(c, entry, 0, RETURN_GENERATOR, 0, u->firstlineno)
            || !insert_prefix(c, entry, 1, POP_TOP, 0, u->firstlineno)))
        return 0;
    /* Cells that share slots with locals come first, all in the order of slots. */
    int made = 0, last = -1;
    while (made < u->cellvars.count) {
        int next = INT_MAX;
        for (int i = 0; i < u->cellvars.count; i++) {
            if (slots[i] > last && slots[i] < next)
                next = slots[i];
        }
        if (!insert_prefix(c, entry, made++, MAKE_CELL, next, -1))
            return 0;
        last = next;
    }
    return u->freevars.count == 0
           || insert_prefix(c, entry, 0, COPY_FREE_VARS, u->freevars.count, -1);
}

/* ---- layout ---- */

static int
units_of(const KsInstr *instr)
{
    unsigned oparg = (unsigned)instr->oparg;
    int extended = oparg > 0xFFFFFF ? 3 : oparg > 0xFFFF ? 2 : oparg > 0xFF ? 1 : 0;
    return extended + 1 + _PyOpcode_Caches[instr->opcode];
}

/* Block offsets and jump operands; the number of code units. */
static int
lay_out(KsBlock *entry)
{
    int total, again;
    do {
        total = again = 0;
        for (KsBlock *b = entry; b != NULL; b = b->next) {
            b->offset = total;
            for (int i = 0; i < b->count; i++)
                total += units_of(&b->instrs[i]);
        }
        for (KsBlock *b = entry; b != NULL; b = b->next) {
            int offset = b->offset;
            for (int i = 0; i < b->count; i++) {
                KsInstr *instr = &b->instrs[i];
                int units = units_of(instr);
                offset += units;
                if (!ks_opcode_is_jump(instr->opcode))
                    continue;
                int distance = instr->target->offset - offset;
                instr->oparg = distance < 0 ? -distance : distance;
                again |= units_of(instr) != units;
            }
        }
    } while (again);
    return total;
}

static PyObject *
encode_code(KsBlock *entry, int units)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)units * 2);
    if (bytes == NULL)
        return NULL;
    unsigned char *out = (unsigned char *)PyBytes_AS_STRING(bytes);
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->count; i++) {
            KsInstr *instr = &b->instrs[i];
            unsigned oparg = (unsigned)instr->oparg;
            for (int shift = 24; shift > 0; shift -= 8) {
                if (oparg >> shift) {
                    *out++ = EXTENDED_ARG;
                    *out++ = (unsigned char)(oparg >> shift);
                }
            }
            *out++ = (unsigned char)instr->opcode;
            *out++ = (unsigned char)oparg;
            int caches = _PyOpcode_Caches[instr->opcode] * 2;
            memset(out, 0, (size_t)caches);
            out += caches;
        }
    }
    return bytes;
}

/* ---- locations ---- */

#define LOCATION_BYTES 24 /* of one entry at most: head and four numbers */

static uint8_t *
encode_location(uint8_t *out, int units, const KsPos *pos, int *line)
{
    if (pos->lineno < 0) {
        write_location_entry_start(out, PY_CODE_LOCATION_INFO_NONE, units);
        return out + 1;
    }
    int delta = pos->lineno - *line, column = pos->col_offset, end = pos->end_col_offset;
    *line = pos->lineno;
    if (column < 0 || end < 0) {
        if (pos->end_lineno == pos->lineno || pos->end_lineno == -1) {
            write_location_entry_start(out, PY_CODE_LOCATION_INFO_NO_COLUMNS, units);
            return out + 1 + write_signed_varint(out + 1, delta);
        }
    }
    else if (pos->end_lineno == pos->lineno) {
        if (delta == 0 && column < 80 && end - column < 16 && end >= column) {
            write_location_entry_start(out, PY_CODE_LOCATION_INFO_SHORT0 + (column >> 3), units);
            out[1] = (uint8_t)(((column & 7) << 4) | (end - column));
            return out + 2;
        }
        if (delta >= 0 && delta < 3 && column < 128 && end < 128) {
            write_location_entry_start(out, PY_CODE_LOCATION_INFO_ONE_LINE0 + delta, units);
            out[1] = (uint8_t)column;
            out[2] = (uint8_t)end;
            return out + 3;
        }
    }
    write_location_entry_start(out, PY_CODE_LOCATION_INFO_LONG, units);
    out++;
    out += write_signed_varint(out, delta);
    out += write_varint(out, (unsigned)(pos->end_lineno - pos->lineno));
    out += write_varint(out, (unsigned)(column + 1));
    return out + write_varint(out, (unsigned)(end + 1));
}

static PyObject *
encode_locations(KsBlock *entry, int firstlineno)
{
    Py_ssize_t entries = 0;
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->count; i++)
            entries += (units_of(&b->instrs[i]) + 7) / 8;
    }
    uint8_t *buffer = PyMem_Malloc((size_t)entries * LOCATION_BYTES + 1), *out = buffer;
    if (buffer == NULL)
        return PyErr_NoMemory();
    int line = firstlineno;
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->count; i++) {
            for (int left = units_of(&b->instrs[i]); left > 0; left -= 8)
                out = encode_location(out, left < 8 ? left : 8, &b->instrs[i].pos, &line);
        }
    }
    PyObject *table = PyBytes_FromStringAndSize((char *)buffer, out - buffer);
    PyMem_Free(buffer);
    return table;
}

/* ---- exception table ---- */

/* Six bits a byte, most significant first; first marks the start of an entry. */
static uint8_t *
encode_range_number(uint8_t *out, unsigned value, unsigned first)
{
    for (int shift = 24; shift > 0; shift -= 6) {
        if (value >> shift) {
            *out++ = (uint8_t)(((value >> shift) & 63) | 64 | first);
            first = 0;
        }
    }
    *out++ = (uint8_t)((value & 63) | first);
    return out;
}

static uint8_t *
encode_range(uint8_t *out, int start, int end, KsBlock *handler)
{
    int depth = handler->start_depth - 1 - handler->preserves_lasti;
    out = encode_range_number(out, (unsigned)start, 128);
    out = encode_range_number(out, (unsigned)(end - start), 0);
    out = encode_range_number(out, (unsigned)handler->offset, 0);
    return encode_range_number(out, (unsigned)(depth << 1 | handler->preserves_lasti), 0);
}

static PyObject *
encode_exceptions(KsBlock *entry)
{
    Py_ssize_t changes = 1;
    KsBlock *handler = NULL;
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->count; i++) {
            changes += b->instrs[i].except != handler;
            handler = b->instrs[i].except;
        }
    }
    if (changes == 1)
        return PyBytes_FromStringAndSize(NULL, 0);
    uint8_t *buffer = PyMem_Malloc((size_t)changes * 20), *out = buffer;
    if (buffer == NULL)
        return PyErr_NoMemory();
    int offset = 0, start = 0;
    handler = NULL;
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->count; i++) {
            KsInstr *instr = &b->instrs[i];
            if (instr->except != handler) {
                if (handler != NULL)
                    out = encode_range(out, start, offset, handler);
                start = offset;
                handler = instr->except;
            }
            offset += units_of(instr);
        }
    }
    if (handler != NULL)
        out = encode_range(out, start, offset, handler);
    PyObject *table = PyBytes_FromStringAndSize((char *)buffer, out - buffer);
    PyMem_Free(buffer);
    return table;
}

/* ---- the code object ---- */

static int
code_flags(KsCompiler *c, KsUnit *u)
{
    KsScope *scope = u->scope;
    int flags = 0;
    if (scope->type == FunctionBlock) {
        flags = CO_NEWLOCALS | CO_OPTIMIZED;
        if (scope->nested)
            flags |= CO_NESTED;
        if (scope->generator)
            flags |= scope->coroutine ? CO_ASYNC_GENERATOR : CO_GENERATOR;
        else if (scope->coroutine)
            flags |= CO_COROUTINE;
        if (scope->varargs)
            flags |= CO_VARARGS;
        if (scope->varkeywords)
            flags |= CO_VARKEYWORDS;
    }
    flags |= c->flags & PyCF_MASK;
    if (ks_gen_is_top_level_await(c) && scope->coroutine && !scope->generator)
        flags |= CO_COROUTINE;
    return flags;
}

static KS_NEW PyObject *
tuple_of(PyObject **items, int count)
{
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple != NULL && i < count; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(items[i]));
    return tuple;
}

/* Constants behind the last one used are dropped; the first stays, it may be the docstring. */
static int
used_consts(KsUnit *u, KsBlock *entry)
{
    int highest = 0;
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        for (int i = 0; i < b->count; i++) {
            KsInstr *instr = &b->instrs[i];
            if ((instr->opcode == LOAD_CONST || instr->opcode == KW_NAMES)
                && instr->oparg > highest)
                highest = instr->oparg;
        }
    }
    return highest + 1 < u->consts.count ? highest + 1 : u->consts.count;
}

/* Names and kinds of all slots. */
static int
describe_slots(KsUnit *u, const int *slots, int shared, PyObject **names, PyObject **kinds)
{
    int locals = u->varnames.count, cells = u->cellvars.count, frees = u->freevars.count;
    int total = locals + cells + frees - shared;
    KS_OWNED PyObject *tuple = PyTuple_New(total);
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, total);
    if (tuple == NULL || bytes == NULL)
        return 0;
    char *kind = PyBytes_AS_STRING(bytes);
    memset(kind, 0, (size_t)total);
    for (int i = 0; i < locals; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(u->varnames.names[i]));
        kind[i] = CO_FAST_LOCAL;
    }
    for (int i = 0; i < cells + frees; i++) {
        PyObject *name = i < cells ? u->cellvars.names[i] : u->freevars.names[i - cells];
        if (slots[i] >= locals)
            PyTuple_SET_ITEM(tuple, slots[i], Py_NewRef(name));
        kind[slots[i]] |= (char)(i < cells ? CO_FAST_CELL : CO_FAST_FREE);
    }
    *names = ks_give(&tuple);
    *kinds = ks_give(&bytes);
    return 1;
}

static PyCodeObject *
make_code(KsCompiler *c, KsUnit *u, KsBlock *entry, const int *slots, int shared, int flags,
          int depth)
{
    int units = lay_out(entry);
    PyObject *names = NULL, *kinds = NULL;
    if (!describe_slots(u, slots, shared, &names, &kinds))
        return NULL;
    KS_OWNED PyObject *held_kinds = kinds;
    names = ks_const_merge(c, names);
    PyObject *exceptions = ks_const_merge(c, encode_exceptions(entry));
    PyObject *lines = ks_const_merge(c, encode_locations(entry, u->firstlineno));
    PyObject *code = ks_const_merge(c, encode_code(entry, units));
    PyObject *global_names = ks_const_merge(c, tuple_of(u->names.names, u->names.count));
    PyObject *consts = ks_const_merge(c, tuple_of(u->consts.names, used_consts(u, entry)));
    if (names == NULL || exceptions == NULL || lines == NULL || code == NULL
        || global_names == NULL || consts == NULL)
        return NULL;
    struct _PyCodeConstructor con = {
        .filename = c->filename, .name = u->name,
        .qualname = u->qualname != NULL ? u->qualname : u->name, .flags = flags,
        .code = code, .firstlineno = u->firstlineno, .linetable = lines,
        .consts = consts, .names = global_names,
        .localsplusnames = names, .localspluskinds = held_kinds,
        .argcount = u->argcount + u->posonlyargcount, .posonlyargcount = u->posonlyargcount,
        .kwonlyargcount = u->kwonlyargcount, .stacksize = depth, .exceptiontable = exceptions,
    };
    return _PyCode_New(&con);
}

PyCodeObject *
ks_assemble(KsCompiler *c, KsUnit *u, int add_none)
{
    KsBlock *last = u->current, *entry = u->blocks;
    int ends = last->count > 0 && last->instrs[last->count - 1].opcode == RETURN_VALUE;
    u->pos = KS_NO_POS;
    if (!ends && ((add_none && !ks_emit_const(c, Py_None)) || !ks_emit(c, RETURN_VALUE, 0)))
        return NULL;
    entry = u->blocks;
    while (entry->older != NULL)
        entry = entry->older;

    int shared, flags = code_flags(c, u);
    int is_generator = (flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)) != 0;
    int *slots = variable_slots(c, u, &shared);
    if (slots == NULL)
        return NULL;
    place_variables(entry, slots);
    if (!insert_prefixes(c, u, entry, slots, is_generator) || !ks_flowgraph_optimize(c, entry)
        || !ks_flowgraph_place_exits(c, entry))
        return NULL;
    ks_flowgraph_spread_lines(entry, u->firstlineno);
    int depth = ks_flowgraph_stack_depth(c, entry, is_generator);
    if (depth < 0 || !ks_flowgraph_label_handlers(c, entry))
        return NULL;
    ks_flowgraph_settle_jumps(entry);
    return make_code(c, u, entry, slots, shared, flags, depth);
}
