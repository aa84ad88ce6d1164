"""English words, usual in captions of sounds, that are one letter away from another such word.

Two of them are never a typo of each other: a clock does not `tick` because a dog may `lick`.
"""

KNOWN_WORDS = frozenset(
    """
    added africa african again ages alike alone along aloud altitude ambiance ambience among
    amplified amplifier anger announcer announces apart area arena around arrow ashore aside
    asleep attitude audible audibly awhile babble babbles babbling back backed backing backs
    bagpipe bagpiper bagpipes bags ballet balls banged banging bangs barking barks bars basic
    basin bass basses bats battle beach beads beat beating beats beep beeped beeper beeping beeps
    bees being beings belch bells below bend bending bing black blade blades blare blares blast
    blasts bleat bleating bleats bleeding bleep bleeping bleeps blend block blocks blow blower
    blowing blows blues bluesy boats boils boing bolts book boom booming booms boomy boots bottle
    bounce bouncy bowls brains brake braking brass brays break breaking breaks breath breaths
    breathy breeze breezy bright bring bringing brings brook broom brush brushed brushes brushing
    bubble bubbles bubbling bubbly bullet bump bumped bumping bumps bumpy bunch burbles burbling
    burning burns burping burps buses bushes bustling buzz buzzer buzzes buzzy cackle cackling
    calling calls calming candy cannon cannot cans cards cars cash casing casino catch catching
    catchy cause causes causing cawing caws cell celli cello center chain chains chair chairs
    changed changing chant chanting chasing chat chatter chattering chatters chatting check checks
    cheep cheeping cheeps cheer cheering cheers cheery cheesy chick chicks child children
    childrens chill chime chip chipping chips chirp chirping chirps chirpy chittering choir
    choking chopping chops chords chorus chose clack clacking clacks clang clanged clanging clangs
    clank clanked clanking clanks clapping claps clash clashing class classy clatter clattering
    clatters claws clean cleaned cleaner cleaning cleans clear clearing clears click clicking
    clicks cling clinging clings clink clinking clinks clipping clips clock clocks clopping clops
    close closed closer closes closing cluck clucking clucks clunk clunking cock cocked cocking
    cocks coins cold coming content context continous continuous cooing cooking cooks coos copier
    copies cough could count court cover covers cows crack cracking crackle crackling crackly
    cracks crank cranking cranks crash crashing creak creaking creaks creaky cream creating creek
    creeks cries crime crisp crispy croak croaking croaks crow crowd crowds crowing crows crumbled
    crumbles crumbling crumpled crumples crumpling crunch crunchy crushed crushing crying cutter
    cutting danger death deeper dense depth digging diner ding dinging dings dining dinner dirt
    dirty disc disco diving does doing done dove doves down drags drain draining drains drawn
    draws dream dreamy drill drilling drills dripping drips drive driven driver drives driving
    drone droning dropping drops drove drown drowning dryer drying ducks dumping dying each early
    ears east eater eating eats ebass eguitar eguitars eight eighth electronic electronica
    electronics emotion ending enter epiano erotic even event every except excerpt exotic
    exploding exploring fading failing fails faint falling falls farther farts feeling feels
    fiction fiddle field fight fighting filed files filing filling fillins fills finer finger
    fingers fired fires firing fitting fixed fixing flame flapping flaps flash flesh flicking
    flies flight flights flipping flock flowing flows flush flute flying folding follow foods
    forth found fourth frame french fresh friction fried fries fryer frying full fully funk funky
    funny further fuzzy gain gaining gains games garage garbage gasping gasps gates gather gears
    gentle gently getting giggling giving glass glides gliding glues goats going gong goose grain
    grains grand grass gravel greek green grill grind gripping groan groove groovy ground grow
    growing growl growling growls growly grown grows grumbling grunge grungy guitar guitars gulls
    gushes gushing gust gusting gusts gusty gutter gutters hair halfway hallway hands hangs hard
    harmonic harmonica harmonics harmonies harp hats having head healing hear heard hearing heart
    heat heater heels height heir hello helps herd here hill hindi hindu hisses hissing hitting
    holding holds hole holes holler hollow hoofs hoot hooting hoots horse hose hours house hovers
    howling howls huffs hushed inaudible inaudibly india indian indie into intro jangling jazz
    jazzy jiggling jingle jingling joins jumping jumps jungle keeping keeps kicks kids kinds
    kisses kissing lacks landing lands lapping laps large larger laser last lasts latch late later
    lathe latin latino layer layers laying leading leads leaking leaning learning least leaving
    letting level lever lick licking licks lifting light lighting lightly lightning lights like
    likely lilting lines link links lips listened listener lively loading loads local lock locked
    locker locking locks lonely long looking looping loose losing loud lovely lower lowering
    lowers lowly lush lute magic make maker makes making males mallet manic mans march marker
    market match mature meant meat meowing middle might mildly milling missing mixed mixer mixing
    moaning moans mocking mode model mood moody mooing morning mother motion motor motors mourning
    mouse mouth move moves movie movies moving mower mowing muffle muffled muffler muffles
    muffling mumble mumbles mumbling muttering mutters nails narrow nature nearby nearly nears
    needs never night noise noisy north nose nostalgia nostalgic oinking oinks older ones
    orchestra orchestral order other over overdrive overdriven pace paced packed packing padded
    pages pain paint panning pans pant panting pants parking part parts party passes passing
    patter pattering pattern patterns patters patting pause pauses pausing paved peace peak
    pecking peeling peeping peeps peppy performed performer piano picked picking picks pigs pills
    pinging pings pitched pitcher pitches place placed places placing plain plane planes plate
    plates played player players playing plopping pluck plucking plucks point points pond popping
    porch pound pounded pounding pounds pours power powering powers prayer precedes print printed
    printer prints produce produces product products puffs pulled pulley pulling pulls pulsing
    pumped pumping punch punchy puppy pushed pushes pushing puttering putters putting quack
    quacking quaking quick quiet quite racket rails rain raining rains rainy raises raising rake
    rang range ranged ranging rapped rapper rapping raps rasp rasped rasping rasps raspy rather
    rattle reach reading real recedes receiver receives recorded recorder regal related relaxed
    remote remove reset rest reverb reverbed reversed revert rhythm rides riding right ring
    ringing rings rinsing ripped ripping rippling rips riser risers rises rising river roads
    roaring roars robot rock rocket rocking rocks rocky rolled roller rolling rolls room rooms
    roomy root roots rotor rotors rough round rounds roving rowing rubbed rubber ruffled ruffles
    ruffling rumble rumbles rumbling rumpling rush rushes rushing rusting rustling rusty rythm
    sailing sample sand sanded sander sanding sands sandy sawing saying scans score scrape scraped
    scraper scrapes scratch scratchy scream screaming screams scuffing scuffling section seen
    sense series serves setting seven sewing shake shaken shaker shakers shakes shaking sharp
    sharpened sharpener shattering shaving sheep sheet shell shells ships shoe shoes shoot
    shooting shoots shopping shore short shot shots shout shouting shouts shower showing shows
    shrill shrilly shuffling shut shuts shutter shuttering shutters side sides sighs signs silky
    silly simple since sine sing singer singers singing single sings sinking sipping sitar sits
    sitting sizes skids skilled skillet skills skipping slams slapped slapping slaps slashing
    sleep sleeping sleeps sleepy slicing slick slid slide slides sliding slight slightly sloshing
    slowed slower slowing slowly slows smack smashing smoke snack snake snapped snapping snaps
    snare snares snarls sneakers sniffing sniffling snipping snore snores snoring snort snorting
    snorts soaring solid songs soon sort sorts sound sounded sounding sounds south space spacey
    sparking spattering speak speakers sped speed spice spills spins spit spits spitting splashing
    splat splattering split splitting spluttering spoke spoon sporting sports spot spout sprayed
    sprayer spring sputter sputtering sputters squeak squeaking squeaks squeaky squeal squealing
    squeals stairs stamping stand standing stands star start started starter startled steam
    stepped stepping steps stick sticks sticky still stirs stitches stitching stomping stomps
    stone stones stopped stopping stops store storm stormy story stove stream streaming streams
    strike strikes string stroke strokes strong struck stuck stuttering stutters subtle subtly
    sucks suction sung sunny swarm swarming swaying sweep sweeping sweeps sweet swell swells swept
    swing swinging swings switches switching sword swords swung synthesised synthesiser
    synthesized synthesizer tabla table takes taking talked talking talks tapped tapping team
    tearing tears telling tells tense thats theater theme there these theses thesis thick thin
    thing things think those though three thrilling throat throaty through thrown throws thuds
    thunk thus tick ticking ticks tight tightly till time timer times timpani timpanis ting tings
    tinkling tinny tiny tires tolling tolls tone tones tools tooting toots torch touch tower track
    tracks trails train trains trapped trash travel tree trees tricking trickling tries trilling
    trills trots trough truck trucks trying tumbling tune tuned tuner tunes tuning turned turner
    turning turns tweet twinkling ukelele ukulele urban urbano uses using utters vent very vibrate
    vibrato vocal vocalisation vocalization wading wailing wails waiting walked walking walks
    walls wants warm warming warning washed washer washes wasps watch watching water wearing
    wedding weeds weight welding well were whale whales wheels where while whiles whimper
    whimpering whimpers whine whines whinny whiny whipping whips whir whirl whirling whirls
    whirring whirs whisper whispering whispers white whole whose wildly winch wind winds windy
    wing wings witch wobble wobbly wooded wooden woods wooing word words worked worker works world
    would wound wrapped wrapper wrapping wrench write writing yapping yelling yells yelping yelps
    yipping yowling zipped zipper zipping zooming zooms
    """.split()  # noqa: SIM905 (a list of strings would be four times as long to read)
)
