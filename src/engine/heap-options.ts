/**
 * Options of node for a process that traces. Large typed arrays count for V8 like objects of its heap, which are few here:
 * with its first limit, some 20 MB, it looks through the heap after every such growth, 70 times a trace. With this one, in
 * MB, a trace of SmolLM2 with 16 tokens takes a fifth less processor time, and no more memory at its peak (`npx tsx
 * test/bench/against-circuit-tracer/run.ts`). V8 takes it when it starts and at no other time.
 */
export const NODE_COMMAND_OPTIONS: readonly string[] = ['--initial-old-space-size=256'];
