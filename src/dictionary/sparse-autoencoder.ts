import { join } from 'node:path';
import {
  assertFinite,
  assertFiniteValues,
  gatherRows,
  identityOf,
  openSafetensors,
  parseJson,
  readFloat32,
  readText,
  type SafetensorsFile,
  type TensorRef,
} from '../checkpoint/index.ts';
import type { SessionSettings } from '../onnx/index.ts';
import type { Task } from '../task.ts';
import { parseAutoencoderConfig, type AutoencoderConfig } from './autoencoder-config.ts';
import { ColumnReader } from './encoder-columns.ts';
import { SparseEncoder } from './sparse-encoder.ts';
import type { SparseRows } from './sparse-rows.ts';
import { encoderTensor, shapedTensor } from './tensor-shapes.ts';

/** Why an autoencoder does not stand in for an MLP, for the remedy of an error. */
export const WHY_NO_TRANSCODER =
  'Attribution replaces MLPs by transcoders, which map what an MLP reads to what it writes: give a folder with the ' +
  'config.yaml of a transcoder set. (A config.yaml may list the sae_weights.safetensors of transcoders.)';

/** Where the tensors of an autoencoder lie. */
export interface AutoencoderTensors {
  /** [dIn, nFeatures] */
  readonly wEnc: TensorRef;
  /** [nFeatures] */
  readonly bEnc: TensorRef;
  /** [nFeatures, dOut] */
  readonly wDec: TensorRef;
  /** [dOut] */
  readonly bDec: TensorRef;
  /** [nFeatures], of jumprelu only. */
  readonly threshold: TensorRef | undefined;
}

/**
 * A sparse autoencoder (or a single transcoder) in SAELens' layout, of any place in a model: its features of given
 * values, what they write, and the reconstruction. It is no `Dictionary`: it does not replace an MLP.
 */
export class SparseAutoencoder {
  readonly dir: string;
  readonly config: AutoencoderConfig;
  readonly file: SafetensorsFile;
  readonly tensors: AutoencoderTensors;
  readonly #configText: string;
  readonly #encoder: SparseEncoder;
  readonly #columns: ColumnReader;
  #decoderBias: Promise<Float32Array> | undefined;
  #checked: Promise<void> | undefined;

  constructor(
    dir: string,
    config: AutoencoderConfig,
    configText: string,
    file: SafetensorsFile,
    tensors: AutoencoderTensors,
    settings: SessionSettings = {},
  ) {
    this.dir = dir;
    this.config = config;
    this.file = file;
    this.tensors = tensors;
    this.#configText = configText;
    const layer = { ...tensors, nFeatures: config.nFeatures, encoderIsTransposed: true };
    this.#encoder = new SparseEncoder(
      { dModel: config.dIn, activation: config.activation, k: config.k, layers: [layer] },
      settings,
    );
    this.#columns = new ColumnReader(tensors.wEnc);
  }

  /** sha256 (hex) of configuration and weights, see identityOf. */
  identity(): Promise<string> {
    return identityOf([this.#configText], [this.file]);
  }

  /**
   * The active features of each row, all positive (SAELens applies a ReLU to every architecture). x: [rows, dIn], values
   * at the hook `config.hookName`; the heads of `hook_z` lie one after the other. Errors: `file-damaged` naming a NaN or
   * an infinity in biases or thresholds.
   */
  async encode(x: Float32Array): Promise<SparseRows> {
    const { dIn, subtractsDecoderBias } = this.config;
    if (x.length % dIn !== 0) throw new RangeError(`${x.length} values are no rows of ${dIn}`);
    await (this.#checked ??= this.#checkVectors());
    if (!subtractsDecoderBias) return positive(await this.#encoder.encode(0, x));
    const bias = await this.#bias();
    return positive(
      await this.#encoder.encode(
        0,
        x.map((value, i) => value - bias[i % dIn]),
      ),
    );
  }

  /** [rows, dOut]; the reconstruction from encoded rows, without a transcoder's skip connection. */
  async decode({ rowStart, features, values }: SparseRows, task?: Task): Promise<Float32Array> {
    const { dOut } = this.config;
    const distinct = [...new Set(features)].sort((a, b) => a - b);
    const place = new Map(distinct.map((feature, i) => [feature, i]));
    const decoders = await this.decoderRows(distinct, task);
    const bias = await this.#bias();
    const result = new Float32Array((rowStart.length - 1) * dOut);
    const sums = new Float64Array(dOut);
    for (let row = 0; row < rowStart.length - 1; row++) {
      sums.set(bias);
      for (let i = rowStart[row]; i < rowStart[row + 1]; i++) {
        const at = place.get(features[i])! * dOut;
        for (let d = 0; d < dOut; d++) sums[d] += values[i] * decoders[at + d];
      }
      result.set(sums, row * dOut);
    }
    return result;
  }

  /** [features.length, dOut]; what each feature writes, in the order given. */
  decoderRows(features: ArrayLike<number>, task?: Task): Promise<Float32Array> {
    return gatherRows(this.tensors.wDec, features, task);
  }

  /** [features.length, dIn]; what each feature reads, in the order given. */
  encoderRows(features: ArrayLike<number>): Promise<Float32Array> {
    return this.#columns.read(features);
  }

  /** Reads every tensor once. Errors: `file-damaged` naming the first that holds a NaN or an infinity. */
  async assertFinite(task?: Task): Promise<void> {
    const { threshold, bEnc, bDec, wEnc, wDec } = this.tensors;
    for (const ref of [threshold, bEnc, bDec, wEnc, wDec]) if (ref !== undefined) await assertFinite(ref, task);
  }

  dispose(): Promise<void> {
    return this.#encoder.dispose();
  }

  async #checkVectors(): Promise<void> {
    const { bEnc, threshold } = this.tensors;
    await assertFinite(bEnc);
    if (threshold !== undefined) await assertFinite(threshold);
  }

  #bias(): Promise<Float32Array> {
    const { bDec } = this.tensors;
    this.#decoderBias ??= readFloat32(bDec).then(values => {
      assertFiniteValues(bDec, values);
      return values;
    });
    return this.#decoderBias;
  }
}

/**
 * Opens a folder with cfg.json and sae_weights.safetensors (SAELens, all versions); reads headers only.
 * Errors: `file-missing`, `file-damaged`, `file-unsupported`, naming the file and the tensor or field.
 */
export async function openSparseAutoencoder(dir: string, settings?: SessionSettings): Promise<SparseAutoencoder> {
  const configPath = join(dir, 'cfg.json');
  const configText = await readText(configPath);
  const config = parseAutoencoderConfig(configPath, parseJson(configPath, configText));
  const file = await openSafetensors(join(dir, 'sae_weights.safetensors'));
  const { dIn, dOut, nFeatures } = config;
  encoderTensor(file, 'W_enc', undefined, true);
  const tensors = {
    wEnc: shapedTensor(file, 'W_enc', [dIn, nFeatures]),
    bEnc: shapedTensor(file, 'b_enc', [nFeatures]),
    wDec: shapedTensor(file, 'W_dec', [nFeatures, dOut]),
    bDec: shapedTensor(file, 'b_dec', [dOut]),
    threshold: config.activation === 'jumprelu' ? shapedTensor(file, 'threshold', [nFeatures]) : undefined,
  };
  return new SparseAutoencoder(dir, config, configText, file, tensors, settings);
}

/** In words: what it is and where in the model it sits. */
export function describeAutoencoder({ config }: SparseAutoencoder): string {
  const kind = config.isTranscoder ? 'a single transcoder' : 'a sparse autoencoder';
  const model = config.modelName === undefined ? '' : ` of ${config.modelName}`;
  return `${kind} of the ${config.site === 'other' ? 'value' : config.site} ${config.hookName}${model} (${config.nFeatures} features)`;
}

function positive({ rowStart, features, values }: SparseRows): SparseRows {
  const kept = Uint32Array.from(values.keys()).filter(i => values[i] > 0);
  const starts = new Uint32Array(rowStart.length);
  for (let row = 0, next = 0; row < rowStart.length; row++) {
    while (next < kept.length && kept[next] < rowStart[row]) next++;
    starts[row] = next;
  }
  return { rowStart: starts, features: kept.map(i => features[i]), values: Float32Array.from(kept, i => values[i]) };
}
