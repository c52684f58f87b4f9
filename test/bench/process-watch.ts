import { readFileSync } from 'node:fs';
import { privateMemory } from './private-memory.ts';

const INTERVAL_MS = 10;

/** What a process did while it was in one stage. */
export interface StageRecord {
  readonly stage: string;
  seconds: number;
  /** Processor time of all threads. */
  processorSeconds: number;
  /** Bytes of private memory at the end, and at the highest. */
  privateEnd: number;
  privatePeak: number;
  /** Bytes in JavaScript's arrays at the end, by its own account. */
  arraysEnd: number;
  /** Bytes of mapped files in memory, at the highest. */
  mappedPeak: number;
  /** Page faults that had to wait for the disk, and all bytes that came from it. */
  majorFaults: number;
  readBytes: number;
}

interface Counters {
  readonly time: number;
  readonly processorSeconds: number;
  readonly majorFaults: number;
  readonly readBytes: number;
}

/** Watches the memory, the page faults and the reads of a process on Linux, stage by stage. */
export class ProcessWatch {
  readonly stages: StageRecord[] = [];
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #since: Counters;

  constructor(pid: number, stage: string) {
    this.#pid = pid;
    this.#since = countersOf(pid);
    this.#begin(stage);
    this.#timer = setInterval(() => {
      this.#sample();
    }, INTERVAL_MS);
  }

  /** `arrays`: bytes in arrays at the end of the stage before. */
  enter(stage: string, arrays: number): void {
    this.#complete();
    this.stages[this.stages.length - 1].arraysEnd = arrays;
    this.#begin(stage);
  }

  stop(): StageRecord[] {
    clearInterval(this.#timer);
    this.#complete();
    return this.stages;
  }

  #begin(stage: string): void {
    const record = { stage, seconds: 0, processorSeconds: 0, privateEnd: 0, privatePeak: 0, arraysEnd: 0 };
    this.stages.push({ ...record, mappedPeak: 0, majorFaults: 0, readBytes: 0 });
    this.#sample();
  }

  #sample(): void {
    const current = this.stages[this.stages.length - 1];
    const memory = privateMemory(this.#pid);
    if (memory === undefined) return;
    current.privateEnd = memory;
    current.privatePeak = Math.max(current.privatePeak, memory);
    current.mappedPeak = Math.max(current.mappedPeak, statusField(this.#pid, 'RssFile'));
  }

  #complete(): void {
    this.#sample();
    const now = countersOf(this.#pid);
    const current = this.stages[this.stages.length - 1];
    current.seconds = (now.time - this.#since.time) / 1000;
    current.processorSeconds = now.processorSeconds - this.#since.processorSeconds;
    current.majorFaults = now.majorFaults - this.#since.majorFaults;
    current.readBytes = now.readBytes - this.#since.readBytes;
    this.#since = now;
  }
}

function statusField(pid: number, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(found?.[1] ?? 0) * 1024;
}

/** proc(5): fields 12, 14 and 15 of stat, counted behind the program's name; ticks of 10 ms. */
function countersOf(pid: number): Counters {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const read = /^read_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'));
  return {
    time: performance.now(),
    processorSeconds: (fields[11] + fields[12]) / 100,
    majorFaults: fields[9],
    readBytes: Number(read?.[1] ?? 0),
  };
}
