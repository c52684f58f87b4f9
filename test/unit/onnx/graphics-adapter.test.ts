/** What a Vulkan driver computes on, from the Vulkan loader's own lines (versions 1.3.239 and 1.4.309). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapterIn, withoutAdapterLog } from '../../../src/onnx/graphics-adapter.ts';

const LAVAPIPE = `
DRIVER:           Searching for driver manifest files
DEBUG | DRIVER:   Searching for ICD drivers named libvulkan_lvp.so
INFO | DRIVER:    linux_read_sorted_physical_devices:
INFO | DRIVER:         Original order:
INFO | DRIVER:               [0] llvmpipe (LLVM 15.0.6, 256 bits)
DRIVER:                  Using "llvmpipe (LLVM 15.0.6, 256 bits)" with driver: "/usr/lib/libvulkan_lvp.so"`;
const NVIDIA = `
[Vulkan Loader] DRIVER:           Found ICD manifest file /etc/vulkan/icd.d/nvidia_icd.json, version "1.0.1"
[Vulkan Loader] DRIVER | LAYER:   Using "NVIDIA GeForce RTX 4070" with driver: "libGLX_nvidia.so.0"`;

test('the adapter is the one that a device was made with', () => {
  assert.deepEqual(adapterIn(LAVAPIPE), {
    name: 'llvmpipe (LLVM 15.0.6, 256 bits)',
    driver: '/usr/lib/libvulkan_lvp.so',
    isSoftware: true,
  });
  assert.deepEqual(adapterIn(NVIDIA), {
    name: 'NVIDIA GeForce RTX 4070',
    driver: 'libGLX_nvidia.so.0',
    isSoftware: false,
  });
  assert.equal(adapterIn(LAVAPIPE + NVIDIA)?.isSoftware, false, 'the last one');
  assert.equal(adapterIn('[0] llvmpipe is listed, none is used'), undefined);
});

test('drivers that compute on the processor are known by their names', () => {
  const used = (name: string, driver: string) => adapterIn(`Using "${name}" with driver: "${driver}"`)!.isSoftware;
  assert.ok(used('SwiftShader Device (LLVM 10.0.0)', '/usr/lib/libvk_swiftshader.so'));
  assert.ok(used('some name', 'libvulkan_lvp.so'));
  for (const name of ['AMD Radeon 780M Graphics (RADV PHOENIX)', 'Intel(R) Arc(tm) Graphics (MTL)', 'Apple M2', 'Virtio-GPU Venus'])
    assert.ok(!used(name, 'libvulkan_x.so'), name); // prettier-ignore
});

test('the rest of the log is what went wrong', () => {
  const rest = withoutAdapterLog(`${LAVAPIPE}\nfatal: device lost\n${NVIDIA}\n2026 [E:onnxruntime] failed`);
  assert.equal(rest.trim().replaceAll(/\n+/g, '|'), 'fatal: device lost|2026 [E:onnxruntime] failed');
});
