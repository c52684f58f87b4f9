/** A program that chooses its provider, and the process of a probe when it is started with --probe; bundled by a test. */
import { answerProbe, chooseProvider, type ExecutionProvider } from '../../src/onnx/index.ts';

const [first, second] = process.argv.slice(2);
if (first === '--probe') {
  await answerProbe(second as ExecutionProvider);
} else {
  const startProbe = (provider: string) => ({
    command: process.execPath,
    args: [...process.execArgv, process.argv[1], '--probe', provider],
  });
  console.log(JSON.stringify(await chooseProvider(first, { startProbe })));
}
