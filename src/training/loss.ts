import {
  customGradient,
  exp,
  gatherElements,
  logSoftmax,
  mul,
  neg,
  scatterElementsAdd,
  squeeze,
  unsqueeze,
  type Value,
} from '../onnx/index.ts';

/**
 * Cross entropy -log softmax(logits)[target] of each row. logits: [rows, vocabulary]; targets: int64 [rows];
 * result: [rows]. The derivative softmax - onehot is written out: a row of zeros with one entry is never made.
 */
export function crossEntropy(logits: Value, targets: Value): Value {
  const logProbabilities = logSoftmax(logits);
  const column = unsqueeze(targets, [1]);
  const loss = neg(squeeze(gatherElements(logProbabilities, column), [1]));
  return customGradient(loss, [logits], ([g]) => {
    const weight = unsqueeze(g!, [1]);
    return [scatterElementsAdd(mul(exp(logProbabilities), weight), column, neg(weight))];
  });
}
