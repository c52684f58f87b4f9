import { parseList, parseTable } from './table.ts';

/** A `language` or `continent` that is not one plain fact (several official languages, two continents) is left out. */
export interface Country {
  name: string;
  capital: string;
  language?: string;
  continent?: string;
  currency: string;
  cities: string[];
}

// country | capital | main language or - | continent or - | currency | cities
const TABLE = `
France|Paris|French|Europe|euro|Lyon,Marseille,Nice,Bordeaux,Toulouse,Nantes,Strasbourg
Germany|Berlin|German|Europe|euro|Munich,Hamburg,Cologne,Dresden,Leipzig,Stuttgart,Bremen
Spain|Madrid|Spanish|Europe|euro|Barcelona,Seville,Valencia,Bilbao,Zaragoza,Granada
Italy|Rome|Italian|Europe|euro|Milan,Naples,Venice,Turin,Florence,Bologna,Palermo
Portugal|Lisbon|Portuguese|Europe|euro|Porto,Braga,Coimbra,Faro,Évora,Aveiro
England|London|English|Europe|pound|Manchester,Liverpool,Leeds,Bristol,Sheffield,Nottingham,Leicester
Ireland|Dublin|-|Europe|euro|Cork,Galway,Limerick,Kilkenny,Sligo
Poland|Warsaw|Polish|Europe|zloty|Kraków,Gdańsk,Wrocław,Łódź,Poznań,Lublin
Czechia|Prague|Czech|Europe|koruna|Brno,Ostrava,Plzeň,Olomouc,Liberec
Russia|Moscow|Russian|-|ruble|Kazan,Omsk,Samara,Perm,Novosibirsk,Vladivostok,Volgograd
Ukraine|Kyiv|Ukrainian|Europe|hryvnia|Lviv,Odesa,Kharkiv,Dnipro,Poltava,Chernihiv
Sweden|Stockholm|Swedish|Europe|krona|Malmö,Uppsala,Gothenburg,Linköping,Umeå
Norway|Oslo|Norwegian|Europe|krone|Bergen,Trondheim,Stavanger,Tromsø,Bodø
Denmark|Copenhagen|Danish|Europe|krone|Aarhus,Odense,Aalborg,Esbjerg,Roskilde
Finland|Helsinki|-|Europe|euro|Tampere,Turku,Oulu,Jyväskylä,Rovaniemi
Greece|Athens|Greek|Europe|euro|Patras,Larissa,Heraklion,Thessaloniki,Volos,Chania
Hungary|Budapest|Hungarian|Europe|forint|Szeged,Debrecen,Pécs,Győr,Miskolc
Romania|Bucharest|Romanian|Europe|leu|Iași,Brașov,Timișoara,Constanța,Sibiu,Craiova
Austria|Vienna|German|Europe|euro|Graz,Linz,Salzburg,Innsbruck,Klagenfurt
Croatia|Zagreb|Croatian|Europe|euro|Dubrovnik,Rijeka,Zadar,Osijek,Pula
Turkey|Ankara|Turkish|-|lira|Istanbul,Izmir,Bursa,Antalya,Adana,Konya
Egypt|Cairo|Arabic|Africa|pound|Luxor,Aswan,Giza,Alexandria,Suez,Ismailia
Morocco|Rabat|-|Africa|dirham|Casablanca,Fez,Tangier,Marrakesh,Agadir,Meknes
Tunisia|Tunis|Arabic|Africa|dinar|Sfax,Sousse,Bizerte,Kairouan,Gabès
Kenya|Nairobi|-|Africa|shilling|Mombasa,Kisumu,Nakuru,Eldoret,Thika
Nigeria|Abuja|-|Africa|naira|Lagos,Kano,Ibadan,Kaduna,Enugu
Ghana|Accra|-|Africa|cedi|Kumasi,Tamale,Tema,Takoradi,Sunyani
India|New Delhi|-|Asia|rupee|Mumbai,Chennai,Kolkata,Pune,Bengaluru,Jaipur,Ahmedabad
Pakistan|Islamabad|-|Asia|rupee|Karachi,Lahore,Peshawar,Multan,Quetta,Faisalabad
China|Beijing|Chinese|Asia|yuan|Shanghai,Wuhan,Guangzhou,Chengdu,Nanjing,Shenzhen
Japan|Tokyo|Japanese|Asia|yen|Osaka,Kyoto,Nagoya,Sapporo,Hiroshima,Yokohama,Fukuoka
South Korea|Seoul|Korean|Asia|won|Busan,Incheon,Daegu,Daejeon,Gwangju,Ulsan
Thailand|Bangkok|Thai|Asia|baht|Phuket,Pattaya,Ayutthaya,Sukhothai,Lampang
Vietnam|Hanoi|Vietnamese|Asia|dong|Huế,Haiphong,Vinh,Vũng Tàu,Nha Trang
Iran|Tehran|Persian|Asia|rial|Shiraz,Isfahan,Tabriz,Mashhad,Qom,Ahvaz
Brazil|Brasília|Portuguese|South America|real|Recife,Salvador,Manaus,Fortaleza,Curitiba,São Paulo
Argentina|Buenos Aires|Spanish|South America|peso|Rosario,Mendoza,Salta,Ushuaia,Bariloche,Neuquén
Chile|Santiago|Spanish|South America|peso|Valparaíso,Iquique,Antofagasta,Temuco,Arica
Colombia|Bogotá|Spanish|South America|peso|Medellín,Cali,Barranquilla,Bucaramanga,Pereira
Peru|Lima|Spanish|South America|sol|Cusco,Arequipa,Trujillo,Iquitos,Chiclayo,Puno
Mexico|Mexico City|Spanish|North America|peso|Cancún,Tijuana,Puebla,Monterrey,Guadalajara,Acapulco,Veracruz
Canada|Ottawa|-|North America|dollar|Toronto,Vancouver,Calgary,Montreal,Winnipeg,Edmonton,Saskatoon
Cuba|Havana|Spanish|North America|peso|Holguín,Camagüey,Cienfuegos,Matanzas,Varadero
Australia|Canberra|English|Oceania|dollar|Sydney,Melbourne,Perth,Brisbane,Adelaide,Hobart
New Zealand|Wellington|-|Oceania|dollar|Auckland,Christchurch,Dunedin,Queenstown,Rotorua
`;

/** Countries whose capital, continent, currency and main language are beyond dispute (or that fact is left out). */
export const COUNTRIES: readonly Country[] = parseTable(TABLE, 6).map(
  ([name, capital, language, continent, currency, cities]) => ({
    name,
    capital,
    ...(language === '-' ? {} : { language }),
    ...(continent === '-' ? {} : { continent }),
    currency,
    cities: parseList(cities),
  }),
);
