import { encodeModel, createSession, gradient, tensor, type Graph, type Tensors, type Value } from '../onnx/index.ts';
import { clipGradients, type StepInputs, type Trained, type Update } from './optimizer.ts';
import { parameterFeeds, type Parameter } from './parameters.ts';

/** Parameters that share an optimizer. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  readonly update: (graph: Graph, step: StepInputs, trained: readonly Trained[]) => Update;
}

export interface TrainingStepSettings {
  /** Joint gradient norm above which gradients are scaled down. */
  readonly clip: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly threads?: number | undefined;
  /** Declared parameters that stay as they are; they are fed and not updated. */
  readonly frozen?: readonly Parameter[];
}

/**
 * One optimization step as one ONNX model: forward, backward, clipping and update. Parameters and the optimizers' state
 * go in and come out; between steps they live here.
 */
export class TrainingStep {
  readonly parameters: readonly Parameter[];
  readonly state: readonly Parameter[];
  #settings: TrainingStepSettings;
  #run: (feeds: Tensors) => Promise<Tensors>;
  #metrics: readonly string[];

  private constructor(
    parameters: readonly Parameter[],
    state: readonly Parameter[],
    metrics: readonly string[],
    settings: TrainingStepSettings,
    run: (feeds: Tensors) => Promise<Tensors>,
  ) {
    this.parameters = parameters;
    this.state = state;
    this.#metrics = metrics;
    this.#settings = settings;
    this.#run = run;
  }

  /**
   * `values` are the parameters' inputs on `graph`, `loss` is a scalar, `metrics` are further outputs that `run` returns
   * (the gradient norm is added as "gradient_norm").
   */
  static async build(
    graph: Graph,
    groups: readonly ParameterGroup[],
    values: ReadonlyMap<string, Value>,
    loss: Value,
    metrics: Readonly<Record<string, Value>>,
    settings: TrainingStepSettings,
  ): Promise<TrainingStep> {
    const parameters = groups.flatMap(group => group.parameters);
    const inputs = parameters.map(parameter => values.get(parameter.name)!);
    const { clipped, norm } = clipGradients(gradient([{ value: loss }], inputs), settings.clip);
    const step: StepInputs = {
      learningRate: graph.input('learning_rate', 'float32', []),
      correction1: graph.input('adam_correction1', 'float32', []),
      correction2: graph.input('adam_correction2', 'float32', []),
    };
    const outputs: Record<string, Value> = { ...metrics, loss, gradient_norm: norm };
    const state: Parameter[] = [];
    let first = 0;
    for (const group of groups) {
      const start = first;
      const trained = group.parameters.map((parameter, i) => ({
        parameter,
        value: inputs[start + i],
        gradient: clipped[start + i],
      }));
      first += group.parameters.length;
      const update = group.update(graph, step, trained);
      state.push(...update.state);
      for (const [name, value] of update.next) outputs[nextName(name)] = value;
    }
    const session = await createSession(encodeModel(graph, outputs), { ...pickThreads(settings) });
    const names = [...Object.keys(metrics), 'loss', 'gradient_norm'];
    return new TrainingStep(parameters, state, names, settings, feeds => session.run(feeds));
  }

  /** Runs step number `step` (from 1) and returns the metrics. */
  async run(feeds: Tensors, step: number, learningRate: number): Promise<Record<string, Float32Array>> {
    const { beta1, beta2 } = this.#settings;
    const results = await this.#run({
      ...feeds,
      ...parameterFeeds(this.#settings.frozen ?? []),
      ...parameterFeeds(this.parameters),
      ...parameterFeeds(this.state),
      learning_rate: tensor(Float32Array.of(learningRate), []),
      adam_correction1: tensor(Float32Array.of(1 - beta1 ** step), []),
      adam_correction2: tensor(Float32Array.of(1 - beta2 ** step), []),
    });
    for (const parameter of [...this.parameters, ...this.state]) {
      parameter.data = results[nextName(parameter.name)].data as Float32Array;
    }
    return Object.fromEntries(this.#metrics.map(name => [name, results[name].data as Float32Array]));
  }
}

function nextName(name: string): string {
  return `next.${name}`;
}

function pickThreads({ threads }: TrainingStepSettings): { threads?: number } {
  return threads === undefined ? {} : { threads };
}
