/** A word with the family it rhymes in (same sound from the last stressed vowel on) and what it names. */
export interface RhymeWord {
  word: string;
  family: string;
  category: RhymeCategory;
}

export const RHYME_CATEGORIES = [
  'animal',
  'clothes',
  'vehicle',
  'body',
  'food',
  'container',
  'building',
  'furniture',
  'nature',
  'tool',
  'toy',
  'person',
] as const;
export type RhymeCategory = (typeof RHYME_CATEGORIES)[number];

// family: words with their categories
const TABLE = `
at: cat animal, rat animal, bat animal, hat clothes, mat furniture
oat: goat animal, coat clothes, boat vehicle, throat body
ox: fox animal, ox animal, box container
ouse: mouse animal, house building, blouse clothes
ug: bug animal, mug container, jug container, rug furniture
og: frog animal, hog animal, fog nature
ar: car vehicle, jar container, star nature, guitar toy
ake: snake animal, cake food, steak food, lake nature, rake tool
ee: bee animal, flea animal, tree nature, sea nature, tea food, pea food, knee body
ie: fly animal, pie food, tie clothes, eye body, sky nature
ain: crane animal, plane vehicle, train vehicle, rain nature, chain tool, brain body, grain food
ail: snail animal, whale animal, nail tool, pail container, tail body, jail building
ing: king person, wing body, ring clothes, spring nature, swing toy
ed: bed furniture, bread food, head body, sled vehicle, shed building, thread tool
een: queen person, bean food, machine tool
un: sun nature, bun food, nun person
oon: moon nature, spoon tool, baboon animal, raccoon animal, balloon toy
ook: cook person, hook tool, brook nature
ack: sack container, snack food, back body, yak animal, shack building
ock: clock furniture, sock clothes, rock nature, lock tool, block toy
est: vest clothes, chest body, guest person, nest nature
air: bear animal, chair furniture, pear food, hair body, heir person
irt: shirt clothes, skirt clothes, dirt nature, dessert food
ose: nose body, rose nature, hose tool
ice: mice animal, rice food, spice food, ice nature, dice toy
all: ball toy, hall building, mall building, shawl clothes
ip: ship vehicle, lip body, hip body, chip food, whip tool
op: mop tool, shop building, top toy, crop food
um: drum toy, plum food, gum food, thumb body
uck: duck animal, truck vehicle
ill: hill nature, pill food, mill building, drill tool
in: chin body, skin body, pin tool, tin container, bin container, violin toy
ower: tower building, flower nature
ape: ape animal, cape clothes, tape tool, grape food
ove: dove animal, glove clothes
ank: bank building, tank vehicle
am: lamb animal, ham food, jam food, tram vehicle, dam building
eet: feet body, wheat food, meat food, sheet furniture, seat furniture
oot: boot clothes, suit clothes, fruit food, root nature, flute toy
an: van vehicle, fan furniture, can container, pan tool
eel: seal animal, heel body, meal food, wheel vehicle
one: bone body, stone nature, phone tool, scone food
`;

export const RHYMES: readonly RhymeWord[] = TABLE.trim()
  .split('\n')
  .flatMap(line => {
    const [family, words] = line.split(': ');
    return words.split(', ').map(entry => {
      const [word, name] = entry.split(' ');
      const category = RHYME_CATEGORIES.find(known => known === name);
      if (category === undefined) throw new Error(`unknown rhyme category: ${entry}`);
      return { word, family, category };
    });
  });

/** The words of each family, by the family's name. */
export const RHYME_FAMILIES: ReadonlyMap<string, readonly RhymeWord[]> = groupByFamily(RHYMES);

function groupByFamily(words: readonly RhymeWord[]): Map<string, RhymeWord[]> {
  const families = new Map<string, RhymeWord[]>();
  for (const word of words) {
    const family = families.get(word.family);
    if (family === undefined) families.set(word.family, [word]);
    else family.push(word);
  }
  return families;
}
