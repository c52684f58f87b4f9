import { parseList, parseTable } from './table.ts';

/** `region` is the census region, `year` the year of ratification or admission, `cities` never holds the capital. */
export interface State {
  name: string;
  abbreviation: string;
  capital: string;
  region: string;
  year: string;
  cities: string[];
}

// state | abbreviation | capital | census region | year of joining | cities
const TABLE = `
Alabama|AL|Montgomery|South|1819|Mobile,Huntsville,Tuscaloosa,Hoover,Dothan,Gadsden,Selma,Opelika,Anniston
Alaska|AK|Juneau|West|1959|Anchorage,Fairbanks,Sitka,Ketchikan,Wasilla,Kodiak,Nome,Valdez
Arizona|AZ|Phoenix|West|1912|Tucson,Mesa,Scottsdale,Tempe,Flagstaff,Chandler,Yuma,Sedona,Prescott,Tombstone
Arkansas|AR|Little Rock|South|1836|Jonesboro,Bentonville,Springdale,Rogers,Conway,Searcy,Paragould,Blytheville,Pine Bluff
California|CA|Sacramento|West|1850|Oakland,Fresno,Berkeley,Anaheim,Pasadena,Bakersfield,Stockton,Modesto,Burbank,Malibu,Los Angeles,San Diego,San Francisco
Colorado|CO|Denver|West|1876|Boulder,Pueblo,Aspen,Greeley,Loveland,Littleton,Telluride,Breckenridge,Longmont,Leadville
Connecticut|CT|Hartford|Northeast|1788|Bridgeport,Stamford,Waterbury,Naugatuck,Danbury,Groton,Torrington,New Haven
Delaware|DE|Dover|South|1787|Harrington,Millsboro,Selbyville,Bridgeville,Dagsboro,Rehoboth Beach,Bethany Beach
Florida|FL|Tallahassee|South|1845|Miami,Orlando,Tampa,Jacksonville,Gainesville,Pensacola,Sarasota,Clearwater,Hialeah,Ocala,Fort Lauderdale
Georgia|GA|Atlanta|South|1788|Savannah,Macon,Marietta,Valdosta,Alpharetta,Dalton,Statesboro,Kennesaw
Hawaii|HI|Honolulu|West|1959|Hilo,Kailua,Lahaina,Waipahu,Kapolei,Wailuku,Kihei,Kahului
Idaho|ID|Boise|West|1890|Nampa,Pocatello,Rexburg,Ketchum,Blackfoot,Sandpoint,Burley,Hailey
Illinois|IL|Springfield|Midwest|1818|Chicago,Rockford,Evanston,Joliet,Naperville,Peoria,Champaign,Elgin,Skokie,Waukegan,Schaumburg
Indiana|IN|Indianapolis|Midwest|1816|Gary,Muncie,Evansville,Kokomo,Elkhart,Hammond,Fort Wayne,Terre Haute
Iowa|IA|Des Moines|Midwest|1846|Davenport,Dubuque,Ames,Ottumwa,Keokuk,Muscatine,Ankeny,Cedar Rapids
Kansas|KS|Topeka|Midwest|1861|Wichita,Salina,Olathe,Emporia,Leavenworth,Hutchinson,Hays,Overland Park
Kentucky|KY|Frankfort|South|1792|Louisville,Lexington,Paducah,Owensboro,Covington,Bardstown,Elizabethtown,Hopkinsville,Bowling Green
Louisiana|LA|Baton Rouge|South|1812|Shreveport,Lafayette,Metairie,Houma,Natchitoches,Slidell,Kenner,New Orleans
Maine|ME|Augusta|Northeast|1820|Bangor,Biddeford,Kittery,Kennebunkport,Caribou,Saco,Ogunquit,Bar Harbor
Maryland|MD|Annapolis|South|1788|Baltimore,Bethesda,Rockville,Frederick,Hagerstown,Gaithersburg,Towson,Silver Spring
Massachusetts|MA|Boston|Northeast|1788|Chicopee,Lowell,Quincy,Brockton,Framingham,Provincetown,Amherst,Holyoke,Nantucket,Pittsfield,New Bedford
Michigan|MI|Lansing|Midwest|1837|Detroit,Flint,Kalamazoo,Saginaw,Dearborn,Marquette,Muskegon,Ypsilanti,Pontiac,Ann Arbor
Minnesota|MN|Saint Paul|Midwest|1858|Minneapolis,Duluth,Mankato,Edina,Brainerd,Bemidji,Moorhead,Hibbing,Winona
Mississippi|MS|Jackson|South|1817|Biloxi,Gulfport,Tupelo,Natchez,Hattiesburg,Vicksburg,Clarksdale,Starkville,Pascagoula
Missouri|MO|Jefferson City|Midwest|1821|Joplin,Branson,Sedalia,Hannibal,Ferguson,Rolla,Kirksville,Saint Louis
Montana|MT|Helena|West|1889|Billings,Missoula,Bozeman,Butte,Kalispell,Havre,Whitefish,Glendive,Anaconda
Nebraska|NE|Lincoln|Midwest|1867|Omaha,Kearney,Hastings,Scottsbluff,Ogallala,Papillion,Chadron,North Platte
Nevada|NV|Carson City|West|1864|Reno,Henderson,Sparks,Elko,Tonopah,Winnemucca,Laughlin,Pahrump,Las Vegas
New Hampshire|NH|Concord|Northeast|1788|Nashua,Keene,Laconia,Merrimack,Wolfeboro,Somersworth,Jaffrey,Hooksett,Goffstown
New Jersey|NJ|Trenton|Northeast|1787|Newark,Hoboken,Teaneck,Paterson,Princeton,Elizabeth,Hackensack,Edison,Passaic,Montclair
New Mexico|NM|Santa Fe|West|1912|Albuquerque,Roswell,Gallup,Taos,Alamogordo,Hobbs,Socorro,Las Cruces
New York|NY|Albany|Northeast|1788|Buffalo,Syracuse,Yonkers,Utica,Ithaca,Rochester,Poughkeepsie,Schenectady,Binghamton,Elmira,Oneonta
North Carolina|NC|Raleigh|South|1789|Charlotte,Greensboro,Asheville,Cary,Statesville,Gastonia,Hickory,Kannapolis,Chapel Hill
North Dakota|ND|Bismarck|Midwest|1889|Fargo,Minot,Williston,Dickinson,Mandan,Wahpeton,Bottineau,Grand Forks
Ohio|OH|Columbus|Midwest|1803|Cleveland,Cincinnati,Elyria,Akron,Dayton,Canton,Youngstown,Sandusky,Lorain,Zanesville,Chillicothe
Oklahoma|OK|Oklahoma City|South|1907|Tulsa,Enid,Norman,Lawton,Stillwater,Muskogee,Bartlesville,Ardmore,Edmond,Tahlequah
Oregon|OR|Salem|West|1859|Portland,Eugene,Bend,Medford,Corvallis,Gresham,Hillsboro,Astoria,Beaverton,Pendleton
Pennsylvania|PA|Harrisburg|Northeast|1787|Philadelphia,Pittsburgh,Allentown,Erie,Scranton,Altoona,Gettysburg,Hershey,Johnstown,Hazleton
Rhode Island|RI|Providence|Northeast|1790|Cranston,Newport,Pawtucket,Woonsocket,Westerly,Narragansett,Burrillville
South Carolina|SC|Columbia|South|1788|Greenville,Spartanburg,Sumter,Aiken,Beaufort,Orangeburg,Summerville,Greer,Gaffney
South Dakota|SD|Pierre|Midwest|1889|Brookings,Deadwood,Yankton,Sturgis,Spearfish,Vermillion,Mitchell,Huron,Sioux Falls
Tennessee|TN|Nashville|South|1796|Memphis,Knoxville,Chattanooga,Clarksville,Murfreesboro,Gatlinburg,Kingsport,Cookeville,Oak Ridge
Texas|TX|Austin|South|1845|Dallas,Houston,Lubbock,Amarillo,Galveston,Waco,Laredo,Abilene,Plano,Denton,El Paso,San Antonio,Fort Worth,Corpus Christi
Utah|UT|Salt Lake City|West|1896|Provo,Ogden,Orem,Sandy,Logan,Moab,Layton,Lehi,Vernal,Draper
Vermont|VT|Montpelier|Northeast|1791|Burlington,Rutland,Barre,Brattleboro,Stowe,Bennington,Middlebury,Winooski
Virginia|VA|Richmond|South|1788|Norfolk,Roanoke,Chesapeake,Hampton,Lynchburg,Charlottesville,Fredericksburg,Harrisonburg,Blacksburg,Williamsburg
Washington|WA|Olympia|West|1889|Seattle,Tacoma,Spokane,Yakima,Everett,Bellingham,Bellevue,Redmond,Kirkland,Kennewick,Wenatchee
West Virginia|WV|Charleston|South|1863|Huntington,Wheeling,Morgantown,Parkersburg,Weirton,Beckley,Clarksburg,Elkins,Martinsburg
Wisconsin|WI|Madison|Midwest|1848|Milwaukee,Racine,Kenosha,Oshkosh,Appleton,Sheboygan,Waukesha,Wausau,Janesville,Green Bay,Eau Claire
Wyoming|WY|Cheyenne|West|1890|Casper,Laramie,Cody,Gillette,Sheridan,Thermopolis,Rawlins,Lander
`;

/** The 50 states of the USA, in alphabetical order. */
export const STATES: readonly State[] = parseTable(TABLE, 6).map(
  ([name, abbreviation, capital, region, year, cities]) => ({
    name,
    abbreviation,
    capital,
    region,
    year,
    cities: parseList(cities),
  }),
);
