import type { Page } from 'playwright-core';

/**
 * Closes a window as a person does. While the editor holds it, because a backup of unsaved edits is being written, the
 * person stays and tries again.
 */
export async function closeWindow(page: Page): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const closed = page.waitForEvent('close', { timeout: 60_000 }).then(() => true);
    const held = page.waitForEvent('dialog', { timeout: 60_000 }).then(async dialog => {
      await dialog.dismiss();
      return false;
    });
    // The one that does not come fails when the other has come.
    for (const wait of [closed, held]) wait.catch(() => undefined);
    await page.close({ runBeforeUnload: true });
    if (await Promise.race([closed, held])) return;
    await new Promise(resolve => setTimeout(resolve, 500));
  }
  throw new Error('The editor does not let its window go.');
}
