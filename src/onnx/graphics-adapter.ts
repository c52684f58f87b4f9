/** What a Vulkan driver computes on. */
export interface GraphicsAdapter {
  readonly name: string;
  /** The driver's library. */
  readonly driver: string;
  /** It computes on the processor: slower than the provider cpu, which does so without a detour. */
  readonly isSoftware: boolean;
}

/**
 * For the environment of a process: the Vulkan loader then writes which drivers it finds and which one a device is made
 * with (its own description: LoaderDebugging.md). ONNX Runtime says nothing of the adapter that WebGPU took.
 */
export const ADAPTER_LOG = { VK_LOADER_DEBUG: 'driver' } as const;

/** The names of Mesa's and Google's drivers, Windows' and Apple's, that need no graphics card. */
const SOFTWARE = /llvmpipe|lavapipe|libvulkan_lvp|swiftshader|softpipe|basic render driver|software renderer/i;

/** The adapter that the last device was made with, from what the Vulkan loader wrote; undefined where it wrote nothing. */
export function adapterIn(log: string): GraphicsAdapter | undefined {
  const last = [...log.matchAll(/Using "(.+?)" with driver: "(.+?)"/g)].at(-1);
  if (last === undefined) return undefined;
  const [, name, driver] = last;
  return { name, driver, isSoftware: SOFTWARE.test(name) || SOFTWARE.test(driver) };
}

/** `log` without the Vulkan loader's lines about drivers, which are no failures. */
export function withoutAdapterLog(log: string): string {
  return log
    .split('\n')
    .filter(line => !/^\s*(\[Vulkan Loader\] )?([A-Z]+ \| )*DRIVER( \| [A-Z]+)*:/.test(line))
    .join('\n');
}
