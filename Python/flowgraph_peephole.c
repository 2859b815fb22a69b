/* SPDX-License-Identifier: MIT */
/* Improvements inside one block: tests of constants, chains of jumps, tuples of constants, swaps.
 *
 * Instructions that are no longer needed become NOP and are swept out later; the position of a
 * NOP may still be needed to make its line visible. Tests are merged only within a line, so that
 * no line disappears from a trace. */
#include "ks_compile.h"

static PyObject *
const_value(KsCompiler *c, KsInstr *instr)
{
    return c->unit->consts.names[instr->oparg];
}

/* ---- LOAD_CONST before a test ---- */

static int
fold_test(KsCompiler *c, KsBlock *block, int i)
{
    KsInstr *load = &block->instrs[i], *test = load + 1;
    int left = block->count - i;
    if (left < 2)
        return 1;
    if (test->opcode == KS_OP_POP_JUMP_IF_FALSE || test->opcode == KS_OP_POP_JUMP_IF_TRUE
        || test->opcode == JUMP_IF_FALSE_OR_POP || test->opcode == JUMP_IF_TRUE_OR_POP) {
        int truth = PyObject_IsTrue(const_value(c, load));
        if (truth < 0)
            return 0;
        int pops = test->opcode == KS_OP_POP_JUMP_IF_FALSE || test->opcode == KS_OP_POP_JUMP_IF_TRUE;
        int wanted = test->opcode == KS_OP_POP_JUMP_IF_TRUE || test->opcode == JUMP_IF_TRUE_OR_POP;
        int jumps = truth == wanted;
        if (pops || !jumps)
            load->opcode = NOP;
        if (jumps)
            block->no_fallthrough = 1;
        test->opcode = jumps ? KS_OP_JUMP : NOP;
    }
    else if (test->opcode == IS_OP && left >= 3 && const_value(c, load) == Py_None
             && (test[1].opcode == KS_OP_POP_JUMP_IF_FALSE
                 || test[1].opcode == KS_OP_POP_JUMP_IF_TRUE)) {
        int is_not = test->oparg == 1, if_false = test[1].opcode == KS_OP_POP_JUMP_IF_FALSE;
        load->opcode = test->opcode = NOP;
        test[1].opcode = is_not ^ if_false ? KS_OP_POP_JUMP_IF_NOT_NONE : KS_OP_POP_JUMP_IF_NONE;
    }
    return 1;
}

/* ---- tuples ---- */

static int
fold_tuple(KsCompiler *c, KsInstr *build, int count)
{
    KsInstr *first = build - count;
    for (int i = 0; i < count; i++) {
        if (first[i].opcode != LOAD_CONST)
            return 1;
    }
    PyObject *tuple = PyTuple_New(count);
    if (tuple == NULL)
        return 0;
    for (int i = 0; i < count; i++) {
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(const_value(c, &first[i])));
        first[i].opcode = NOP;
    }
    PyObject *merged = ks_const_merge(c, tuple);
    int index = merged == NULL ? -1 : ks_name_add(&c->unit->consts, c->arena, merged);
    if (index < 0)
        return 0;
    build->opcode = LOAD_CONST;
    build->oparg = index;
    return 1;
}

static int
fold_build_tuple(KsCompiler *c, KsBlock *block, int i)
{
    KsInstr *build = &block->instrs[i];
    int count = build->oparg;
    if (i + 1 < block->count && build[1].opcode == UNPACK_SEQUENCE && build[1].oparg == count
        && count >= 1 && count <= 3) {
        build->opcode = NOP;
        build[1].opcode = count == 1 ? NOP : SWAP;
        return 1;
    }
    return i < count || fold_tuple(c, build, count);
}

/* ---- jumps to jumps ---- */

/* Sends jump where its target, a jump as well, goes; 1 if that changed anything. */
static int
thread_jump(KsInstr *jump, KsInstr *target, int opcode)
{
    if (jump->pos.lineno != target->pos.lineno || jump->target == target->target)
        return 0;
    jump->target = target->target;
    jump->opcode = opcode;
    return 1;
}

/* One step for the jump; 1 if it must be looked at again. */
static int
simplify_jump(KsInstr *jump, KsInstr *target)
{
    int opcode = jump->opcode;
    switch (opcode) {
        case JUMP_IF_FALSE_OR_POP:
        case JUMP_IF_TRUE_OR_POP: {
            int on_false = opcode == JUMP_IF_FALSE_OR_POP;
            int same_pop = on_false ? KS_OP_POP_JUMP_IF_FALSE : KS_OP_POP_JUMP_IF_TRUE;
            int other_pop = on_false ? KS_OP_POP_JUMP_IF_TRUE : KS_OP_POP_JUMP_IF_FALSE;
            int other = on_false ? JUMP_IF_TRUE_OR_POP : JUMP_IF_FALSE_OR_POP;
            if (target->opcode == same_pop)
                return thread_jump(jump, target, same_pop);
            if (target->opcode == KS_OP_JUMP || target->opcode == opcode)
                return thread_jump(jump, target, opcode);
            /* The opposite test fails for certain: go behind it. */
            if ((target->opcode == other || target->opcode == other_pop)
                && jump->pos.lineno == target->pos.lineno) {
                jump->opcode = same_pop;
                jump->target = jump->target->next;
                return 1;
            }
            return 0;
        }
        case KS_OP_POP_JUMP_IF_FALSE:
        case KS_OP_POP_JUMP_IF_TRUE:
        case KS_OP_POP_JUMP_IF_NONE:
        case KS_OP_POP_JUMP_IF_NOT_NONE:
        case KS_OP_JUMP:
            return target->opcode == KS_OP_JUMP && thread_jump(jump, target, opcode);
        default:
            return 0;
    }
}

/* ---- swaps ---- */

/* Replaces a run of swaps by the shortest that has the same effect, at the run's end. *index moves
 * to the last instruction of the run. */
static int
shorten_swaps(KsBlock *block, int *index)
{
    KsInstr *run = &block->instrs[*index];
    int length = 1, swaps = 1, depth = run->oparg;
    for (; *index + length < block->count; length++) {
        if (run[length].opcode == SWAP) {
            swaps++;
            depth = run[length].oparg > depth ? run[length].oparg : depth;
        }
        else if (run[length].opcode != NOP)
            break;
    }
    if (swaps == 1)
        return 1;
    /* where[i]: the item that ends up at place i. */
    int *where = PyMem_Malloc((size_t)depth * sizeof(int));
    if (where == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (int i = 0; i < depth; i++)
        where[i] = i;
    for (int i = 0; i < length; i++) {
        if (run[i].opcode == SWAP) {
            int top = where[0];
            where[0] = where[run[i].oparg - 1];
            where[run[i].oparg - 1] = top;
        }
    }
    /* Each cycle of the permutation is closed by swaps with the top, written from the end. */
    int free_place = length - 1;
    for (int start = 0; start < depth; start++) {
        if (where[start] < 0 || where[start] == start)
            continue;
        for (int at = start, done = 0; !done;) {
            if (at != 0) {
                run[free_place].opcode = SWAP;
                run[free_place--].oparg = at + 1;
            }
            int next = where[at];
            where[at] = -1;
            done = next < 0;
            at = next;
        }
    }
    while (free_place >= 0)
        run[free_place--].opcode = NOP;
    PyMem_Free(where);
    *index += length - 1;
    return 1;
}

static int
takes_top(int opcode)
{
    return opcode == STORE_FAST || opcode == POP_TOP;
}

/* The next instruction behind i that takes the top of the stack and nothing else, on the given
 * line unless that is -1; -1 if something else comes first. */
static int
next_taker(KsBlock *block, int i, int line)
{
    while (++i < block->count) {
        KsInstr *instr = &block->instrs[i];
        if (line >= 0 && instr->pos.lineno != line)
            return -1;
        if (instr->opcode == NOP)
            continue;
        return takes_top(instr->opcode) ? i : -1;
    }
    return -1;
}

/* A swap before stores is an exchange of the stores. Works backwards from i. */
static void
exchange_takers(KsBlock *block, int i)
{
    for (; i >= 0; i--) {
        KsInstr *swap = &block->instrs[i];
        if (swap->opcode == NOP || takes_top(swap->opcode))
            continue;
        if (swap->opcode != SWAP)
            return;
        int first = next_taker(block, i, -1);
        if (first < 0)
            return;
        int other = first, line = block->instrs[first].pos.lineno;
        for (int left = swap->oparg - 1; left > 0; left--) {
            if ((other = next_taker(block, other, line)) < 0)
                return;
        }
        swap->opcode = NOP;
        KsInstr kept = block->instrs[first];
        block->instrs[first] = block->instrs[other];
        block->instrs[other] = kept;
    }
}

int
ks_flowgraph_peephole(KsCompiler *c, KsBlock *block)
{
    for (int i = 0; i < block->count; i++) {
        KsInstr *instr = &block->instrs[i];
        switch (instr->opcode) {
            case LOAD_CONST:
                if (!fold_test(c, block, i))
                    return 0;
                break;
            case BUILD_TUPLE:
                if (!fold_build_tuple(c, block, i))
                    return 0;
                break;
            case PUSH_NULL:
                if (i + 1 < block->count && instr[1].opcode == LOAD_GLOBAL
                    && !(instr[1].oparg & 1)) {
                    instr->opcode = NOP;
                    instr->oparg = 0;
                    instr[1].oparg |= 1;
                }
                break;
            case SWAP:
                if (instr->oparg == 1) {
                    instr->opcode = NOP;
                    break;
                }
                if (!shorten_swaps(block, &i))
                    return 0;
                exchange_takers(block, i);
                break;
            default:
                if (!ks_opcode_is_jump(instr->opcode))
                    break;
                while (instr->target->count == 0)
                    instr->target = instr->target->next;
                if (simplify_jump(instr, &instr->target->instrs[0]))
                    i--;
        }
    }
    return 1;
}
