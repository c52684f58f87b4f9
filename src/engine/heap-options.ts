/**
 * Options of node for a process that traces. Large typed arrays count for V8 like objects of its heap, which are few here:
 * with its first limit, some 20 MB, it looks through the heap after every such growth (`node --trace-gc` shows it), which
 * costs more than it frees. In MB. V8 takes it when it starts and at no other time.
 */
export const NODE_COMMAND_OPTIONS: readonly string[] = ['--initial-old-space-size=256'];
