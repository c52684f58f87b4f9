import { parseTable } from './table.ts';

export const LANGUAGES = ['en', 'fr', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A pair of opposites in three languages: `words.fr[0]` is the translation of `words.en[0]`. */
export interface AntonymPair {
  words: Record<Language, readonly [string, string]>;
  category: string;
}

// English pair | French pair | German pair | category
const TABLE = `
small,big|petit,grand|klein,groß|size
hot,cold|chaud,froid|heiß,kalt|temperature
fast,slow|rapide,lent|schnell,langsam|speed
good,bad|bon,mauvais|gut,schlecht|quality
young,old|jeune,vieux|jung,alt|age
rich,poor|riche,pauvre|reich,arm|money
strong,weak|fort,faible|stark,schwach|power
light,heavy|léger,lourd|leicht,schwer|weight
happy,sad|heureux,triste|glücklich,traurig|mood
open,closed|ouvert,fermé|offen,geschlossen|condition
full,empty|plein,vide|voll,leer|condition
clean,dirty|propre,sale|sauber,schmutzig|condition
dry,wet|sec,mouillé|trocken,nass|condition
hard,soft|dur,mou|hart,weich|touch
high,low|haut,bas|hoch,niedrig|size
long,short|long,court|lang,kurz|size
wide,narrow|large,étroit|breit,schmal|size
thick,thin|épais,mince|dick,dünn|size
huge,tiny|énorme,minuscule|riesig,winzig|size
near,far|près,loin|nah,fern|place
bright,dark|clair,sombre|hell,dunkel|brightness
loud,quiet|bruyant,silencieux|laut,leise|sound
sweet,bitter|doux,amer|süß,bitter|taste
raw,cooked|cru,cuit|roh,gekocht|taste
true,false|vrai,faux|wahr,falsch|logic
early,late|tôt,tard|früh,spät|time
first,last|premier,dernier|erster,letzter|order
left,right|gauche,droite|links,rechts|place
day,night|jour,nuit|Tag,Nacht|time
summer,winter|été,hiver|Sommer,Winter|time
always,never|toujours,jamais|immer,nie|time
modern,ancient|moderne,ancien|modern,antik|age
war,peace|guerre,paix|Krieg,Frieden|idea
love,hate|amour,haine|Liebe,Hass|idea
life,death|vie,mort|Leben,Tod|idea
beginning,end|début,fin|Anfang,Ende|order
friend,enemy|ami,ennemi|Freund,Feind|person
brave,cowardly|courageux,lâche|mutig,feige|mood
calm,nervous|calme,nerveux|ruhig,nervös|mood
polite,rude|poli,impoli|höflich,unhöflich|mood
easy,difficult|facile,difficile|einfach,schwierig|quality
beautiful,ugly|beau,laid|schön,hässlich|quality
safe,dangerous|sûr,dangereux|sicher,gefährlich|quality
clever,stupid|malin,bête|klug,dumm|mind
sharp,blunt|tranchant,émoussé|scharf,stumpf|touch
smooth,rough|lisse,rugueux|glatt,rau|touch
awake,asleep|éveillé,endormi|wach,schlafend|condition
healthy,sick|sain,malade|gesund,krank|condition
generous,stingy|généreux,avare|großzügig,geizig|money
profit,loss|profit,perte|Gewinn,Verlust|money
inside,outside|dedans,dehors|drinnen,draußen|place
above,below|dessus,dessous|oben,unten|place
everything,nothing|tout,rien|alles,nichts|logic
victory,defeat|victoire,défaite|Sieg,Niederlage|idea
`;

// category in English | in French | in German
const CATEGORY_TABLE = `
size|taille|Größe
temperature|température|Temperatur
speed|vitesse|Tempo
quality|qualité|Qualität
age|âge|Alter
money|argent|Geld
power|force|Kraft
weight|poids|Gewicht
mood|humeur|Laune
condition|état|Zustand
touch|toucher|Gefühl
place|lieu|Ort
brightness|lumière|Helligkeit
sound|son|Klang
taste|goût|Geschmack
logic|logique|Logik
time|temps|Zeit
order|ordre|Ordnung
idea|idée|Idee
person|personne|Mensch
mind|esprit|Geist
`;

function parsePair(cell: string): readonly [string, string] {
  const [first, second] = cell.split(',');
  return [first, second];
}

export const ANTONYMS: readonly AntonymPair[] = parseTable(TABLE, 4).map(([en, fr, de, category]) => ({
  words: { en: parsePair(en), fr: parsePair(fr), de: parsePair(de) },
  category,
}));

/** Name of each category, by its English name. */
export const CATEGORY_NAMES: ReadonlyMap<string, Record<Language, string>> = new Map(
  parseTable(CATEGORY_TABLE, 3).map(([en, fr, de]) => [en, { en, fr, de }]),
);

/** What each language (outer key) calls each language. */
export const LANGUAGE_NAMES: Record<Language, Record<Language, string>> = {
  en: { en: 'English', fr: 'French', de: 'German' },
  fr: { en: 'anglais', fr: 'français', de: 'allemand' },
  de: { en: 'Englisch', fr: 'Französisch', de: 'Deutsch' },
};
