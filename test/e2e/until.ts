/** What `look` finds, when it finds something; waits a minute for it: a busy machine is slow. */
export async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = Date.now() + 60_000; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('waited 60 s in vain');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
