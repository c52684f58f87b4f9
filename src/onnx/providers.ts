import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import { ADAPTER_LOG, adapterIn, withoutAdapterLog } from './graphics-adapter.ts';
import { runProbe, type ProbeCommand, type ProbeResult } from './probe-child.ts';
import { measureRate, productError, TOLERANCE } from './probe-provider.ts';
import { explainProvider, labelOf, notInBuild } from './provider-messages.ts';
import { loadOnnxRuntime } from './runtime.ts';
import type { ExecutionProvider } from './types.ts';

/** What a person may ask for; `auto` is the fastest that runs. */
export type ProviderRequest = ExecutionProvider | 'auto';

/** In the order in which `auto` tries them; the CPU comes last because it always runs. */
const PROVIDERS: readonly ExecutionProvider[] = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'];

/** A GPU that is only a little faster loses it again in copies. */
const CLEARLY_FASTER = 1.2;

/** A first run compiles shaders or loads gigabytes of libraries. */
const TIMEOUT_MS = 60_000;

/** Whether a provider runs here, in words for a person. */
export interface ProviderReport {
  readonly provider: ExecutionProvider;
  readonly works: boolean;
  readonly reason: string;
  readonly remedy?: string;
  /** Speed of matrix products in float32, where it was measured. */
  readonly gigaflops?: number;
  /** What it computes on, where that is known. */
  readonly device?: string;
  /** It runs, but on the processor: `auto` leaves it alone. */
  readonly isSoftware?: boolean;
}

export interface ProviderChoice {
  readonly provider: ExecutionProvider;
  /** Why this one, a sentence. */
  readonly reason: string;
  readonly report: readonly ProviderReport[];
}

export interface ProbeOptions {
  /** How this program starts a process that calls `answerProbe(provider)`. */
  readonly startProbe: (provider: ExecutionProvider) => ProbeCommand;
  readonly timeoutMs?: number;
  readonly task?: Task;
}

/** A provider that was asked for and does not run, with the report of all. */
export class ProviderError extends CircuitError {
  readonly report: readonly ProviderReport[];

  constructor(message: string, remedy: string, report: readonly ProviderReport[]) {
    super('provider', message, remedy);
    this.report = report;
  }
}

/**
 * The provider to run on. `auto` takes the fastest that runs, the CPU unless another is clearly faster. A provider that
 * is asked for by name is taken when it runs, and otherwise a ProviderError says why and which ones do.
 */
export async function chooseProvider(requested: string, options: ProbeOptions): Promise<ProviderChoice> {
  if (requested === 'auto') {
    const report = await reportProviders(options);
    return { ...fastestOf(report), report };
  }
  if (!isProvider(requested)) {
    throw new CircuitError(
      'usage',
      `There is no execution provider "${requested}".`,
      `Choose one of auto, ${[...PROVIDERS].reverse().join(', ')}.`,
    );
  }
  const asked = await reportProvider(requested, options);
  if (asked.works) return { provider: requested, reason: asked.reason, report: [asked] };
  const others = PROVIDERS.filter(provider => provider !== requested);
  const report = [asked, ...(await reportProviders(options, others))];
  const running = report.filter(({ works }) => works).map(({ provider }) => provider);
  const remedy = `${asked.remedy ?? ''} Here run: ${running.join(', ')}.`.trim();
  throw new ProviderError(`The execution provider ${requested} does not run. ${asked.reason}`, remedy, report);
}

/** Tries each provider alone, one after the other so that their speeds can be compared. */
export async function reportProviders(
  options: ProbeOptions,
  providers: readonly ExecutionProvider[] = PROVIDERS,
): Promise<ProviderReport[]> {
  const report: ProviderReport[] = [];
  for (const provider of providers) {
    options.task?.progress?.('providers', report.length, providers.length);
    const compared = report.some(({ works }) => works);
    report.push(provider === 'cpu' ? await reportCpu(compared) : await reportProvider(provider, options));
  }
  return report;
}

/** What `auto` takes of a report of all providers, and why. */
export function fastestOf(report: readonly ProviderReport[]): Omit<ProviderChoice, 'report'> {
  const rateOf = ({ gigaflops = 0 }: ProviderReport): number => gigaflops;
  const cpu = report.find(({ provider }) => provider === 'cpu');
  const needed = CLEARLY_FASTER * (cpu === undefined ? 0 : rateOf(cpu));
  const running = report.filter(
    ({ provider, works, isSoftware }) => works && isSoftware !== true && provider !== 'cpu',
  );
  if (running.length === 0) {
    return { provider: 'cpu', reason: 'auto takes the CPU: no graphics card can be used here.' };
  }
  const best = running.reduce((fastest, entry) => (rateOf(entry) > rateOf(fastest) ? entry : fastest));
  const rates = `${rateOf(best).toPrecision(3)} GFLOP/s beside the CPU's ${cpu === undefined ? '?' : rateOf(cpu).toPrecision(3)}`;
  const label = labelOf(best.provider);
  if (rateOf(best) <= needed) {
    return { provider: 'cpu', reason: `auto takes the CPU: ${label} is not clearly faster (${rates}).` };
  }
  return { provider: best.provider, reason: `auto takes ${label}, the fastest here: ${rates}.` };
}

async function reportProvider(provider: ExecutionProvider, options: ProbeOptions): Promise<ProviderReport> {
  if (provider === 'cpu') return reportCpu(false);
  const { listSupportedBackends } = await loadOnnxRuntime();
  if (!listSupportedBackends().some(({ name }) => name === provider)) {
    return { provider, works: false, ...notInBuild(provider) };
  }
  const { timeoutMs = TIMEOUT_MS, startProbe, task } = options;
  const command = startProbe(provider);
  const watched =
    provider === 'webgpu' ? { ...command, env: { ...(command.env ?? process.env), ...ADAPTER_LOG } } : command;
  return describe(provider, await runProbe(watched, timeoutMs, task), timeoutMs);
}

function describe(provider: ExecutionProvider, { outcome, log }: ProbeResult, timeoutMs: number): ProviderReport {
  const label = labelOf(provider);
  const failed = (reason: string, remedy: string): ProviderReport => ({ provider, works: false, reason, remedy });
  if (outcome.kind === 'timeout') {
    return failed(
      `${label} did not answer within ${timeoutMs / 1000} s.`,
      'Update the graphics driver, or use the provider cpu.',
    );
  }
  if (outcome.kind === 'crash') {
    const last = withoutAdapterLog(log).trim().split('\n').at(-1) ?? '';
    const said = last === '' ? '' : `; its last words: ${last}`;
    return failed(
      `The process that tried ${label} ${outcome.how}${said}.`,
      'Update the graphics driver, or use the provider cpu.',
    );
  }
  const { answer } = outcome;
  if (!answer.works) {
    const { reason, remedy } = explainProvider(provider, answer.message, log);
    return failed(reason, remedy);
  }
  const { gigaflops } = answer;
  const adapter = adapterIn(log);
  const rate = `${gigaflops.toPrecision(3)} GFLOP/s`;
  if (adapter === undefined) return { provider, works: true, reason: `${label} runs: ${rate}.`, gigaflops };
  const { name, isSoftware } = adapter;
  const reason = isSoftware
    ? `${label} runs only on ${name}, which computes on the processor: ${rate}. auto does not take it.`
    : `${label} runs on ${name}: ${rate}.`;
  return { provider, works: true, reason, gigaflops, device: name, ...(isSoftware ? { isSoftware } : {}) };
}

/** In this process: the CPU provider is part of ONNX Runtime itself. Its speed matters only beside another one. */
async function reportCpu(measure: boolean): Promise<ProviderReport> {
  const error = await productError('cpu');
  if (error > TOLERANCE) return { provider: 'cpu', works: false, reason: `Products on the CPU are off by ${error}.` };
  if (!measure) return { provider: 'cpu', works: true, reason: 'The CPU runs.' };
  const gigaflops = await measureRate('cpu');
  return { provider: 'cpu', works: true, reason: `The CPU runs: ${gigaflops.toPrecision(3)} GFLOP/s.`, gigaflops };
}

function isProvider(name: string): name is ExecutionProvider {
  return (PROVIDERS as readonly string[]).includes(name);
}
