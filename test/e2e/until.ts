/** What `look` finds, when it finds something; waits some seconds for it. */
export async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = Date.now() + 20_000; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('waited 20 s in vain');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
