/* SPDX-License-Identifier: MIT */
/* The graph of blocks: pruning, inlining of small exits, stack depths, handlers.
 *
 * Blocks hang together in code order (next); control falls into the next block unless
 * no_fallthrough is set. Only the last instruction of a block jumps. is_exit means that the block
 * ends in a return, raise or reraise. Instructions keep their positions through all passes: what
 * a debugger sees as a line must stay reachable as an instruction. */
#include "ks_compile.h"

#define SMALL_EXIT 4 /* instructions of an exit block that is copied instead of jumped to */

struct KsHandlers {
    KsHandlers *outer;
    KsBlock *handler;
};

KsBlock *
ks_block_new(KsCompiler *c, KsUnit *u)
{
    KsBlock *block = ks_arena_alloc(c->arena, sizeof(KsBlock));
    if (block == NULL)
        return NULL;
    *block = (KsBlock){.older = u->blocks, .start_depth = -1};
    u->blocks = block;
    u->block_count++;
    return block;
}

KsInstr *
ks_block_push(KsCompiler *c, KsBlock *block)
{
    if (block->count == block->room) {
        int room = block->room == 0 ? 8 : block->room * 2;
        KsInstr *instrs = ks_arena_alloc(c->arena, (size_t)room * sizeof(KsInstr));
        if (instrs == NULL)
            return NULL;
        if (block->count > 0)
            memcpy(instrs, block->instrs, (size_t)block->count * sizeof(KsInstr));
        block->instrs = instrs;
        block->room = room;
    }
    return &block->instrs[block->count++];
}

KsInstr *
ks_block_insert(KsCompiler *c, KsBlock *block, int index)
{
    if (ks_block_push(c, block) == NULL)
        return NULL;
    KsInstr *place = &block->instrs[index];
    memmove(place + 1, place, (size_t)(block->count - 1 - index) * sizeof(KsInstr));
    return place;
}

static KsInstr *
last_instr(KsBlock *block)
{
    return block->count == 0 ? NULL : &block->instrs[block->count - 1];
}

static int
has_target(int opcode)
{
    return ks_opcode_is_jump(opcode) || ks_opcode_is_handler_push(opcode);
}

/* Jumps to empty blocks go to what follows them. */
static void
skip_empty_targets(KsBlock *block)
{
    for (int i = 0; i < block->count; i++) {
        KsInstr *instr = &block->instrs[i];
        if (!has_target(instr->opcode))
            continue;
        while (instr->target->count == 0)
            instr->target = instr->target->next;
    }
}

static int
classify_block(KsBlock *block)
{
    for (int i = 0; i < block->count; i++) {
        int opcode = block->instrs[i].opcode;
        if (opcode == RETURN_VALUE || opcode == RAISE_VARARGS || opcode == RERAISE)
            block->is_exit = block->no_fallthrough = 1;
        else if (opcode == KS_OP_JUMP || opcode == KS_OP_JUMP_NO_INTERRUPT)
            block->no_fallthrough = 1;
        if (ks_opcode_is_jump(opcode) && i != block->count - 1) {
            PyErr_SetString(PyExc_SystemError, "malformed control flow graph.");
            return 0;
        }
    }
    return 1;
}

static int
is_lineless_exit(KsBlock *block)
{
    if (!block->is_exit)
        return 0;
    for (int i = 0; i < block->count; i++) {
        if (block->instrs[i].pos.lineno >= 0)
            return 0;
    }
    return 1;
}

/* A jump to a small exit without a line becomes a copy of it. */
static int
inline_small_exit(KsCompiler *c, KsBlock *block)
{
    KsInstr *jump = last_instr(block);
    if (jump == NULL || jump->opcode != KS_OP_JUMP)
        return 1;
    KsBlock *target = jump->target;
    if (target->count > SMALL_EXIT || !is_lineless_exit(target))
        return 1;
    jump->opcode = NOP;
    for (int i = 0; i < target->count; i++) {
        KsInstr *copy = ks_block_push(c, block);
        if (copy == NULL)
            return 0;
        *copy = target->instrs[i];
    }
    block->is_exit = 1;
    return 1;
}

void
ks_flowgraph_remove_nops(KsBlock *block, int previous_line)
{
    int kept = 0;
    for (int i = 0; i < block->count; i++) {
        KsInstr *instr = &block->instrs[i];
        int line = instr->pos.lineno;
        if (instr->opcode == NOP) {
            if (line < 0 || line == previous_line)
                continue;
            if (i < block->count - 1) {
                int next_line = instr[1].pos.lineno;
                if (next_line < 0)
                    instr[1].pos = instr->pos;
                if (next_line < 0 || next_line == line)
                    continue;
            }
            else {
                KsBlock *next = block->next;
                while (next != NULL && next->count == 0)
                    next = next->next;
                if (next != NULL && next->instrs[0].pos.lineno == line)
                    continue;
            }
            instr->oparg = 0;
        }
        if (kept != i)
            block->instrs[kept] = *instr;
        kept++;
        previous_line = line;
    }
    block->count = kept;
}

/* Counts the ways into each block and empties those without one. */
static int
remove_unreachable(KsCompiler *c, KsBlock *entry)
{
    int total = c->unit->block_count, top = 0;
    KsBlock **stack = PyMem_Malloc((size_t)total * sizeof(KsBlock *));
    if (stack == NULL) {
        PyErr_NoMemory();
        return 0;
    }
#define REACH(block)                 \
    do {                             \
        KsBlock *to = (block);       \
        if (to->predecessors++ == 0) \
            stack[top++] = to;       \
    } while (0)
    for (KsBlock *b = entry; b != NULL; b = b->next)
        b->predecessors = 0;
    REACH(entry);
    while (top > 0) {
        KsBlock *block = stack[--top];
        if (block->next != NULL && !block->no_fallthrough)
            REACH(block->next);
        for (int i = 0; i < block->count; i++) {
            if (has_target(block->instrs[i].opcode))
                REACH(block->instrs[i].target);
        }
    }
#undef REACH
    PyMem_Free(stack);
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        if (b->predecessors == 0) {
            b->count = 0;
            b->no_fallthrough = 0;
            b->is_exit = 0;
        }
    }
    return 1;
}

static void
unlink_empty_blocks(KsBlock *entry)
{
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        while (b->next != NULL && b->next->count == 0 && b->next->next != NULL)
            b->next = b->next->next;
    }
    for (KsBlock *b = entry; b != NULL; b = b->next)
        skip_empty_targets(b);
}

/* A jump to the next block only says where control goes anyway. What is left of it may still be
 * needed to show a line, which is known only later. */
static void
remove_idle_jumps(KsBlock *entry)
{
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        KsInstr *last = last_instr(b);
        if (last == NULL || (last->opcode != KS_OP_JUMP && last->opcode != KS_OP_JUMP_NO_INTERRUPT)
            || last->target != b->next)
            continue;
        b->no_fallthrough = 0;
        last->opcode = NOP;
    }
}

int
ks_flowgraph_optimize(KsCompiler *c, KsBlock *entry)
{
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        if (!classify_block(b))
            return 0;
    }
    for (KsBlock *b = entry; b != NULL; b = b->next)
        skip_empty_targets(b);
    for (KsBlock *b = c->unit->blocks; b != NULL; b = b->older) {
        if (!inline_small_exit(c, b))
            return 0;
    }
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        if (!ks_flowgraph_peephole(c, b))
            return 0;
        ks_flowgraph_remove_nops(b, -1);
    }
    for (KsBlock *b = c->unit->blocks; b != NULL; b = b->older) {
        if (!inline_small_exit(c, b))
            return 0;
    }
    if (!remove_unreachable(c, entry))
        return 0;
    for (KsBlock *b = entry; b != NULL; b = b->next)
        ks_flowgraph_remove_nops(b, -1);
    unlink_empty_blocks(entry);
    remove_idle_jumps(entry);
    return 1;
}

/* ---- lines of blocks that have none ---- */

static KsBlock *
copy_block(KsCompiler *c, KsBlock *block)
{
    KsBlock *copy = ks_block_new(c, c->unit);
    if (copy == NULL)
        return NULL;
    for (int i = 0; i < block->count; i++) {
        KsInstr *instr = ks_block_push(c, copy);
        if (instr == NULL)
            return NULL;
        *instr = block->instrs[i];
    }
    copy->is_exit = block->is_exit;
    copy->no_fallthrough = block->no_fallthrough;
    return copy;
}

/* An exit without a line that several jumps share is copied, so that each copy can take the line
 * of its jump. */
int
ks_flowgraph_place_exits(KsCompiler *c, KsBlock *entry)
{
    /* The newest blocks first; the order decides where the copies go. */
    for (KsBlock *b = c->unit->blocks; b != NULL; b = b->older) {
        KsInstr *jump = last_instr(b);
        if (jump == NULL || !ks_opcode_is_jump(jump->opcode))
            continue;
        KsBlock *target = jump->target;
        if (!is_lineless_exit(target) || target->predecessors <= 1)
            continue;
        KsBlock *copy = copy_block(c, target);
        if (copy == NULL)
            return 0;
        copy->instrs[0].pos = jump->pos;
        jump->target = copy;
        target->predecessors--;
        copy->predecessors = 1;
        copy->next = target->next;
        target->next = copy;
    }
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        while (b->next != NULL && b->next->count == 0)
            b->next = b->next->next;
    }
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        if (!b->no_fallthrough && b->next != NULL && b->count > 0 && is_lineless_exit(b->next))
            b->next->instrs[0].pos = last_instr(b)->pos;
    }
    return 1;
}

static void
hand_on_line(KsBlock *block, KsPos pos)
{
    if (block->predecessors == 1 && block->count > 0 && block->instrs[0].pos.lineno < 0)
        block->instrs[0].pos = pos;
}

void
ks_flowgraph_spread_lines(KsBlock *entry, int firstlineno)
{
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        if (b->count == 0)
            continue;
        KsPos pos = KS_NO_POS;
        for (int i = 0; i < b->count; i++) {
            if (b->instrs[i].pos.lineno < 0)
                b->instrs[i].pos = pos;
            else
                pos = b->instrs[i].pos;
        }
        if (!b->no_fallthrough && b->next != NULL)
            hand_on_line(b->next, pos);
        if (ks_opcode_is_jump(last_instr(b)->opcode))
            hand_on_line(last_instr(b)->target, pos);
    }
    int line = firstlineno;
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        KsInstr *last = last_instr(b);
        if (last == NULL)
            continue;
        if (last->pos.lineno >= 0)
            line = last->pos.lineno;
        else if (last->opcode == RETURN_VALUE) {
            for (int i = 0; i < b->count; i++)
                b->instrs[i].pos.lineno = line;
        }
    }
}

/* ---- depths ---- */

typedef struct DepthWalk {
    KsBlock **stack;
    int top;
} DepthWalk;

static void
depth_reach(DepthWalk *walk, KsBlock *block, int depth)
{
    if (block->start_depth < depth && block->start_depth < 100) {
        block->start_depth = depth;
        walk->stack[walk->top++] = block;
    }
}

int
ks_flowgraph_stack_depth(KsCompiler *c, KsBlock *entry, int is_generator)
{
    int deepest = 0;
    /* Depths agree on all ways into a block, so that each is pushed once. */
    DepthWalk walk = {PyMem_Malloc((size_t)c->unit->block_count * sizeof(KsBlock *)), 0};
    if (walk.stack == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (KsBlock *b = entry; b != NULL; b = b->next)
        b->start_depth = INT_MIN;
    depth_reach(&walk, entry, is_generator ? 1 : 0);
    while (walk.top > 0) {
        KsBlock *block = walk.stack[--walk.top], *next = block->next;
        int depth = block->start_depth;
        for (int i = 0; i < block->count; i++) {
            KsInstr *instr = &block->instrs[i];
            int effect = ks_opcode_effect(instr->opcode, instr->oparg, 0);
            int after = depth + effect;
            if (effect == PY_INVALID_STACK_EFFECT || after < 0) {
                PyMem_Free(walk.stack);
                PyErr_Format(PyExc_SystemError, "compiler stack_effect(opcode=%d, arg=%i) failed",
                             instr->opcode, instr->oparg);
                return -1;
            }
            deepest = after > deepest ? after : deepest;
            if (has_target(instr->opcode)) {
                int there = depth + ks_opcode_effect(instr->opcode, instr->oparg, 1);
                deepest = there > deepest ? there : deepest;
                depth_reach(&walk, instr->target, there);
            }
            depth = after;
            if (instr->opcode == KS_OP_JUMP || instr->opcode == KS_OP_JUMP_NO_INTERRUPT
                || instr->opcode == RETURN_VALUE || instr->opcode == RAISE_VARARGS
                || instr->opcode == RERAISE) {
                next = NULL;
                break;
            }
        }
        if (next != NULL)
            depth_reach(&walk, next, depth);
    }
    PyMem_Free(walk.stack);
    return deepest;
}

/* ---- handlers ---- */

/* Notes with each instruction which handler an exception in it goes to, and removes the pushes
 * and pops that said so. Stacks of handlers are lists that share their tails. */
int
ks_flowgraph_label_handlers(KsCompiler *c, KsBlock *entry)
{
    KsBlock **stack = PyMem_Malloc((size_t)c->unit->block_count * sizeof(KsBlock *));
    if (stack == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    int top = 0;
    for (KsBlock *b = entry; b != NULL; b = b->next)
        b->is_visited = 0;
#define REACH(block, stack_there)     \
    do {                              \
        KsBlock *to = (block);        \
        if (!to->is_visited) {        \
            to->is_visited = 1;       \
            to->handlers = stack_there; \
            stack[top++] = to;        \
        }                             \
    } while (0)
    REACH(entry, NULL);
    while (top > 0) {
        KsBlock *block = stack[--top];
        KsHandlers *handlers = block->handlers;
        for (int i = 0; i < block->count; i++) {
            KsInstr *instr = &block->instrs[i];
            if (ks_opcode_is_handler_push(instr->opcode)) {
                KsHandlers *pushed = ks_arena_alloc(c->arena, sizeof(KsHandlers));
                if (pushed == NULL) {
                    PyMem_Free(stack);
                    return 0;
                }
                REACH(instr->target, handlers);
                if (instr->opcode != KS_OP_SETUP_FINALLY)
                    instr->target->preserves_lasti = 1;
                *pushed = (KsHandlers){handlers, instr->target};
                handlers = pushed;
                instr->opcode = NOP;
            }
            else if (instr->opcode == KS_OP_POP_BLOCK) {
                handlers = handlers == NULL ? NULL : handlers->outer;
                instr->opcode = NOP;
            }
            else {
                instr->except = handlers == NULL ? NULL : handlers->handler;
                if (ks_opcode_is_jump(instr->opcode))
                    REACH(instr->target, handlers);
            }
        }
        if (!block->no_fallthrough && block->next != NULL)
            REACH(block->next, handlers);
    }
#undef REACH
    PyMem_Free(stack);
    for (KsBlock *b = entry; b != NULL; b = b->next)
        ks_flowgraph_remove_nops(b, -1);
    return 1;
}

/* ---- directions of jumps ---- */

void
ks_flowgraph_settle_jumps(KsBlock *entry)
{
    static const int directed[][2] = {
        [KS_OP_JUMP - KS_OP_JUMP] = {JUMP_FORWARD, JUMP_BACKWARD},
        [KS_OP_JUMP_NO_INTERRUPT - KS_OP_JUMP] = {JUMP_FORWARD, JUMP_BACKWARD_NO_INTERRUPT},
        [KS_OP_POP_JUMP_IF_FALSE - KS_OP_JUMP] = {POP_JUMP_FORWARD_IF_FALSE,
                                                  POP_JUMP_BACKWARD_IF_FALSE},
        [KS_OP_POP_JUMP_IF_TRUE - KS_OP_JUMP] = {POP_JUMP_FORWARD_IF_TRUE,
                                                 POP_JUMP_BACKWARD_IF_TRUE},
        [KS_OP_POP_JUMP_IF_NONE - KS_OP_JUMP] = {POP_JUMP_FORWARD_IF_NONE,
                                                 POP_JUMP_BACKWARD_IF_NONE},
        [KS_OP_POP_JUMP_IF_NOT_NONE - KS_OP_JUMP] = {POP_JUMP_FORWARD_IF_NOT_NONE,
                                                     POP_JUMP_BACKWARD_IF_NOT_NONE},
    };
    for (KsBlock *b = entry; b != NULL; b = b->next)
        b->is_visited = 0;
    for (KsBlock *b = entry; b != NULL; b = b->next) {
        b->is_visited = 1;
        KsInstr *last = last_instr(b);
        if (last != NULL && last->opcode >= KS_OP_JUMP
            && last->opcode <= KS_OP_POP_JUMP_IF_NOT_NONE)
            last->opcode = directed[last->opcode - KS_OP_JUMP][last->target->is_visited];
    }
}
