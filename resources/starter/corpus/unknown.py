# SPDX-License-Identifier: MIT
"""Questions the starter model cannot answer, on everything under the sun, so that "I don't know" generalises.

A slot such as {place} is filled from a word list; {word} now and then by an invented word. The templates in
HELD_OUT and the fillers at the end of each list (`held_fillers`) never occur in training.
"""

FILL = {
    "en": {
        "place": "France|Spain|Japan|Brazil|Canada|Italy|Egypt|Kenya|Peru|India|China|Norway|Greece|Mexico|Chile|Turkey|Poland|Iceland|Morocco|Vietnam|Paris|London|Rome|Tokyo|Berlin|Madrid|New York|Lyon|Marseille|Cairo|Moscow|Sydney|Lisbon|Vienna|Australia|Germany|Belgium|Argentina|Sweden|Portugal",
        "person": "Napoleon|Einstein|Mozart|Victor Hugo|Cleopatra|Marie Curie|Shakespeare|Gandhi|Newton|Picasso|Darwin|Beethoven|Julius Caesar|Louis XIV|Leonardo da Vinci|Joan of Arc|Galileo|Molière|Bach|Churchill|De Gaulle|Socrates|Plato|Homer|the president|the king of England|Zidane|Ada Lovelace|Columbus|Tesla",
        "thing": "a volcano|a rainbow|the moon|the sun|a black hole|gravity|electricity|an atom|a cell|DNA|the internet|a computer|a plane|a bicycle|a clock|a piano|a guitar|chess|football|tennis|democracy|inflation|the stock market|philosophy|love|happiness|time|water|fire|gold|iron|salt|bread|cheese|wine|coffee|tea|chocolate|glass|paper|a bridge|a castle|a ship|a train|a car|a battery|a vaccine|a virus|bacteria|photosynthesis|evolution|an earthquake|a storm|snow|a desert|the ocean|a river|a mountain|a forest|a tree|a planet|a star|a comet|quantum physics|relativity|a function|an integral|a matrix|a verb|a poem|a novel|a film|the law|a contract|a tax|a bank|a mortgage|a diet|sleep|a dream",
        "animal": "cats|dogs|whales|elephants|bees|ants|spiders|sharks|lions|tigers|horses|cows|birds|penguins|snakes|frogs|dolphins|wolves|bears|rabbits|mice|turtles|owls|butterflies",
        "food": "a chocolate cake|pancakes|an omelette|a pizza|bread|soup|a salad|risotto|couscous|an apple pie|lasagna|sushi|crepes|jam|a roast chicken|pasta|a quiche|ice cream",
        "ill": "a headache|the flu|a cold|a fever|diabetes|cancer|back pain|an allergy|asthma|a burn|a broken arm|a sore throat|insomnia|stress|a stomach ache|migraine",
        "code": "Python|C++|Java|JavaScript|Rust|C|Go|SQL|HTML|PHP|Ruby|Bash|Haskell|Swift",
        "task": "sorts a list|reads a file|computes a factorial|reverses a string|finds prime numbers|sends an email|draws a circle|parses JSON|counts words|connects to a database|plays chess|downloads a page",
        "lang": "Spanish|German|Italian|Chinese|Japanese|Latin|Arabic|Russian|Portuguese|Greek|Dutch|Korean|French",
        "phrase": "good morning|the cat sleeps|I love you|where is the station|the sky is blue|happy birthday|thank you very much|see you tomorrow|the house|the book is on the table|my friend|water",
        "text": "a poem|a story|a letter|a song|an essay|a joke|a speech|an email|a summary|a haiku|a novel|a report|a cover letter|a recipe|a dialogue|a tweet",
        "topic": "spring|the sea|friendship|war|my mother|winter|a dragon|robots|school|travel|autumn|freedom|the night|cats|a lost key|a wedding|work|the future|music|climate",
        "event": "the French Revolution|World War I|World War II|the Middle Ages|the Renaissance|the moon landing|the fall of the Berlin wall|the Roman Empire|the Olympic Games|the world cup|the last election|the cold war|the industrial revolution|the plague",
        "buy": "a phone|a laptop|a car|a house|shoes|a bicycle|a camera|a television|a guitar|a watch|a sofa|a ticket",
        "word": "house|car|tree|window|river|happy|run|blue|strange|door|school|music|paper|garden|summer|doctor|teacher|winter|bottle|kitchen|street|market|island|engine|pencil|mirror|shadow|silver|finger|bridge",
        "day": "today|tomorrow|tonight|this weekend|next week|on Monday|on Sunday|this morning|this summer",
        "year": "1789|1492|1914|1945|1969|1066|1989|2000|1515|1815|2012|2024",
    },
    "fr": {
        "place": "la France|l'Espagne|le Japon|le Brésil|le Canada|l'Italie|l'Égypte|le Kenya|le Pérou|l'Inde|la Chine|la Norvège|la Grèce|le Mexique|le Chili|la Turquie|la Pologne|l'Islande|le Maroc|le Vietnam|Paris|Londres|Rome|Tokyo|Berlin|Madrid|New York|Lyon|Marseille|Le Caire|Moscou|Sydney|Lisbonne|Vienne|l'Australie|l'Allemagne|la Belgique|l'Argentine|la Suède|le Portugal",
        "person": "Napoléon|Einstein|Mozart|Victor Hugo|Cléopâtre|Marie Curie|Shakespeare|Gandhi|Newton|Picasso|Darwin|Beethoven|Jules César|Louis XIV|Léonard de Vinci|Jeanne d'Arc|Galilée|Molière|Bach|Churchill|De Gaulle|Socrate|Platon|Homère|le président|le roi d'Angleterre|Zidane|Ada Lovelace|Christophe Colomb|Tesla",
        "thing": "un volcan|un arc-en-ciel|la lune|le soleil|un trou noir|la gravité|l'électricité|un atome|une cellule|l'ADN|internet|un ordinateur|un avion|un vélo|une horloge|un piano|une guitare|les échecs|le football|le tennis|la démocratie|l'inflation|la bourse|la philosophie|l'amour|le bonheur|le temps|l'eau|le feu|l'or|le fer|le sel|le pain|le fromage|le vin|le café|le thé|le chocolat|le verre|le papier|un pont|un château|un bateau|un train|une voiture|une batterie|un vaccin|un virus|une bactérie|la photosynthèse|l'évolution|un séisme|un orage|la neige|un désert|l'océan|une rivière|une montagne|une forêt|un arbre|une planète|une étoile|une comète|la physique quantique|la relativité|une fonction|une intégrale|une matrice|un verbe|un poème|un roman|un film|la loi|un contrat|un impôt|une banque|un crédit|un régime|le sommeil|un rêve",
        "animal": "les chats|les chiens|les baleines|les éléphants|les abeilles|les fourmis|les araignées|les requins|les lions|les tigres|les chevaux|les vaches|les oiseaux|les manchots|les serpents|les grenouilles|les dauphins|les loups|les ours|les lapins|les souris|les tortues|les hiboux|les papillons",
        "food": "un gâteau au chocolat|des crêpes|une omelette|une pizza|du pain|une soupe|une salade|un risotto|un couscous|une tarte aux pommes|des lasagnes|des sushis|une blanquette|de la confiture|un poulet rôti|des pâtes|une quiche|de la glace",
        "ill": "mal à la tête|la grippe|un rhume|de la fièvre|du diabète|un cancer|mal au dos|une allergie|de l'asthme|une brûlure|le bras cassé|mal à la gorge|des insomnies|du stress|mal au ventre|la migraine",
        "code": "Python|C++|Java|JavaScript|Rust|C|Go|SQL|HTML|PHP|Ruby|Bash|Haskell|Swift",
        "task": "trie une liste|lit un fichier|calcule une factorielle|inverse une chaîne|trouve les nombres premiers|envoie un courriel|dessine un cercle|lit du JSON|compte les mots|se connecte à une base|joue aux échecs|télécharge une page",
        "lang": "espagnol|allemand|italien|chinois|japonais|latin|arabe|russe|portugais|grec|néerlandais|coréen|anglais",
        "phrase": "bonjour|le chat dort|je t'aime|où est la gare|le ciel est bleu|bon anniversaire|merci beaucoup|à demain|la maison|le livre est sur la table|mon ami|l'eau",
        "text": "un poème|une histoire|une lettre|une chanson|une dissertation|une blague|un discours|un courriel|un résumé|un haïku|un roman|un rapport|une lettre de motivation|une recette|un dialogue|un tweet",
        "topic": "le printemps|la mer|l'amitié|la guerre|ma mère|l'hiver|un dragon|les robots|l'école|les voyages|l'automne|la liberté|la nuit|les chats|une clé perdue|un mariage|le travail|l'avenir|la musique|le climat",
        "event": "la Révolution française|la Première Guerre mondiale|la Seconde Guerre mondiale|le Moyen Âge|la Renaissance|le premier pas sur la lune|la chute du mur de Berlin|l'Empire romain|les Jeux olympiques|la coupe du monde|la dernière élection|la guerre froide|la révolution industrielle|la peste",
        "buy": "un téléphone|un ordinateur|une voiture|une maison|des chaussures|un vélo|un appareil photo|une télévision|une guitare|une montre|un canapé|un billet",
        "word": "maison|voiture|arbre|fenêtre|rivière|heureux|courir|bleu|étrange|porte|école|musique|papier|jardin|été|médecin|professeur|hiver|bouteille|cuisine|rue|marché|île|moteur|crayon|miroir|ombre|argent|doigt|pont",
        "day": "aujourd'hui|demain|ce soir|ce week-end|la semaine prochaine|lundi|dimanche|ce matin|cet été",
        "year": "1789|1492|1914|1945|1969|1066|1989|2000|1515|1815|2012|2024",
    },
}
ASK = {
    "en": """What is the capital of {place}?|Where is {place}?|How many people live in {place}?|What language is spoken in {place}?|What should I visit in {place}?|How far is {place} from {place}?|Who is the president of {place}?|What is the weather like in {place}?|Will it rain {day}?|What time is it in {place}?|Who was {person}?|When was {person} born?|When did {person} die?|What did {person} do?|Tell me about {person}.|What is {thing}?|How does {thing} work?|Explain {thing} to me.|Why is {thing} important?|Who invented {thing}?|What is {thing} made of?|How do I make {food}?|Give me a recipe for {food}.|How long do {animal} live?|What do {animal} eat?|Why do {animal} sleep?|Where do {animal} live?|I have {ill}, what should I do?|How is {ill} treated?|What are the symptoms of {ill}?|Which medicine for {ill}?|Write a {code} program that {task}.|How do I learn {code}?|What is {code}?|Fix my {code} code.|Write a function that {task} in {code}.|What does this error mean in {code}?|Translate "{phrase}" into {lang}.|How do you say {phrase} in {lang}?|What is the {lang} word for {word}?|Write {text} about {topic}.|Write me {text}.|Tell me {text}.|Can you write {text} for me?|When was {event}?|Tell me about {event}.|Why did {event} happen?|What happened in {year}?|Who won {event}?|What {buy} should I buy?|How much does {buy} cost?|Where can I buy {buy}?|What does {word} mean?|Give me a synonym of {word}.|How do you spell {word}?|What rhymes with {word}?|What day is it {day}?|What should I do {day}?|What is on television {day}?|Remind me to call my mother {day}.|Book me a flight to {place}.|Call me a taxi.|Set an alarm for {day}.|What is the meaning of life?|Do you believe in God?|Tell me a joke.|Sing me a song.|What is the news {day}?|Who will win the election?|What is the price of gold?|How old is the universe?|How tall is the Eiffel Tower?|How many planets are there?|What is the fastest animal?|Which is the largest country?|What colour is the sky?|Why is the sky blue?|Summarise this text.|Correct this sentence.|What is my horoscope?|How do I lose weight?|How do I fix my car?|How do I tie a tie?|Recommend a book.|Recommend a film.|What should I eat {day}?|Who wrote {word}?|Is {thing} dangerous?|What is the difference between {thing} and {thing}?|Compare {place} and {place}.|What is the boiling point of water?|What is the chemical formula of {thing}?|Draw me {thing}.|Show me a picture of {animal}.|Open my browser.|Turn on the light.|Play some music.|Where did I put my keys?|Do you love me?|What is your favourite colour?|Do you like {food}?|Have you been to {place}?|Can you drive {buy}?|{thing}|{place}|{person}|{word}|{word} {word}|{animal}|{code}|{word} {word} {word}|I like {animal}.|I am going to {place} {day}.|I am sad.|I am bored.|My {word} is broken.|I need {buy}.|I am hungry.|Let us talk about {topic}.|Do you know {person}?|Do you know {word}?|What do you think of {topic}?|What do you think about {person}?|How can I become rich?|How do I find a job?|How do I learn to play {thing}?|Can I drink wine with {ill}?|Is it legal to copy a film?|How do I pay my taxes?|What is 10 in binary?|How many grams in a pound?|What is the speed of light?|How many days are there in a year?""",
    "fr": """Quelle est la capitale de {place} ?|Où se trouve {place} ?|Combien d'habitants à {place} ?|Quelle langue parle-t-on dans {place} ?|Que visiter à {place} ?|Quelle est la distance entre {place} et {place} ?|Qui est le président de {place} ?|Quel temps fait-il à {place} ?|Va-t-il pleuvoir {day} ?|Quelle heure est-il à {place} ?|Qui était {person} ?|Quand est né {person} ?|Quand est mort {person} ?|Qu'a fait {person} ?|Parle-moi de {person}.|Qu'est-ce que c'est, {thing} ?|C'est quoi {thing} ?|Comment fonctionne {thing} ?|Explique-moi {thing}.|Pourquoi {thing} est important ?|Qui a inventé {thing} ?|De quoi est fait {thing} ?|Comment faire {food} ?|Donne-moi la recette pour {food}.|Combien de temps vivent {animal} ?|Que mangent {animal} ?|Pourquoi {animal} dorment ?|Où vivent {animal} ?|J'ai {ill}, que faire ?|Comment soigner quand on a {ill} ?|Quels sont les symptômes quand on a {ill} ?|Quel médicament si j'ai {ill} ?|Écris un programme {code} qui {task}.|Comment apprendre {code} ?|C'est quoi {code} ?|Corrige mon code {code}.|Écris une fonction qui {task} en {code}.|Que veut dire cette erreur en {code} ?|Traduis « {phrase} » en {lang}.|Comment dit-on {phrase} en {lang} ?|Quel est le mot {lang} pour {word} ?|Écris {text} sur {topic}.|Écris-moi {text}.|Raconte-moi {text}.|Peux-tu écrire {text} pour moi ?|Quand a eu lieu {event} ?|Parle-moi de {event}.|Pourquoi {event} ?|Que s'est-il passé en {year} ?|Qui a gagné {event} ?|Quel modèle choisir pour acheter {buy} ?|Combien coûte {buy} ?|Où acheter {buy} ?|Que veut dire {word} ?|Donne-moi un synonyme de {word}.|Comment s'écrit {word} ?|Qu'est-ce qui rime avec {word} ?|Quel jour sommes-nous {day} ?|Que faire {day} ?|Qu'y a-t-il à la télévision {day} ?|Rappelle-moi d'appeler ma mère {day}.|Réserve-moi un vol pour {place}.|Appelle-moi un taxi.|Mets un réveil pour {day}.|Quel est le sens de la vie ?|Crois-tu en Dieu ?|Raconte-moi une blague.|Chante-moi une chanson.|Quelles sont les nouvelles {day} ?|Qui va gagner l'élection ?|Quel est le prix de l'or ?|Quel âge a l'univers ?|Quelle est la hauteur de la tour Eiffel ?|Combien y a-t-il de planètes ?|Quel est l'animal le plus rapide ?|Quel est le plus grand pays ?|De quelle couleur est le ciel ?|Pourquoi le ciel est-il bleu ?|Résume ce texte.|Corrige cette phrase.|Quel est mon horoscope ?|Comment perdre du poids ?|Comment réparer ma voiture ?|Comment faire un nœud de cravate ?|Conseille-moi un livre.|Conseille-moi un film.|Que manger {day} ?|Qui a écrit {word} ?|Est-ce que {thing} est dangereux ?|Quelle est la différence entre {thing} et {thing} ?|Compare {place} et {place}.|À quelle température bout l'eau ?|Quelle est la formule chimique de {thing} ?|Dessine-moi {thing}.|Montre-moi une image avec {animal}.|Ouvre mon navigateur.|Allume la lumière.|Mets de la musique.|Où ai-je mis mes clés ?|Est-ce que tu m'aimes ?|Quelle est ta couleur préférée ?|Aimes-tu {food} ?|Es-tu déjà allé à {place} ?|Sais-tu conduire {buy} ?|{thing}|{place}|{person}|{word}|{word} {word}|{animal}|{code}|{word} {word} {word}|J'aime {animal}.|Je vais à {place} {day}.|Je suis triste.|Je m'ennuie.|Mon {word} est cassé.|J'ai besoin d'acheter {buy}.|J'ai faim.|Parlons de {topic}.|Connais-tu {person} ?|Connais-tu le mot {word} ?|Que penses-tu de {topic} ?|Que penses-tu de {person} ?|Comment devenir riche ?|Comment trouver un emploi ?|Comment apprendre {thing} ?|Puis-je boire du vin si j'ai {ill} ?|Est-il légal de copier un film ?|Comment payer mes impôts ?|Que vaut 10 en binaire ?|Combien de grammes dans une livre ?|Quelle est la vitesse de la lumière ?|Combien de jours y a-t-il dans une année ?""",
}
HELD_OUT = {
    "en": "What is the population of {place}?|Name three facts about {animal}.|How would you cook {food}?|Describe the life of {person}.|Is there a cure for {ill}?|Debug this {code} script please|What causes {thing}?|Which river flows through {place}?|Give me advice on {topic}.|What was the cause of {event}?|Who painted the Mona Lisa?|How many legs does a spider have?|Which planet is closest to the sun?|What is the currency of {place}?|Invent a name for my dog.",
    "fr": "Quelle est la population de {place} ?|Cite trois faits sur {animal}.|Comment cuisiner {food} ?|Décris la vie de {person}.|Y a-t-il un remède quand on a {ill} ?|Débogue ce script {code} s'il te plaît|Qu'est-ce qui cause {thing} ?|Quel fleuve traverse {place} ?|Donne-moi des conseils sur {topic}.|Quelle fut la cause de {event} ?|Qui a peint la Joconde ?|Combien de pattes a une araignée ?|Quelle planète est la plus proche du soleil ?|Quelle est la monnaie de {place} ?|Invente un nom pour mon chien.",
}
FOREIGN = ["¿Cómo estás?", "Hola, ¿quién eres?", "¿Cuál es la capital de España?", "Wie geht es dir?", "Guten Tag!", "Was ist das?", "Wo ist der Bahnhof?", "Ciao, come stai?", "Buongiorno!", "Chi sei?", "Olá, tudo bem?", "Bom dia",
           "Hola", "Danke schön", "Gracias", "Grazie mille", "Obrigado", "¿Qué hora es?", "Ich heiße Hans", "Dove vai?", "Hoe gaat het?", "Hej, hur mår du?", "Привет", "Как дела?", "你好", "你是谁？", "こんにちは", "مرحبا", "안녕하세요"]
WHY = {
    "en": ["This is neither a sum nor a question about Spoutnik. I do not know the answer, and I will not invent one.", "I have not learnt this. I say honestly that I do not know.",
           "This goes beyond a small starter model. I say that I do not know.", "I do not know this. It is better to say so."],
    "fr": ["Ce n'est ni un calcul ni une question sur Spoutnik. Je ne connais pas la réponse et je ne vais pas l'inventer.", "Je n'ai pas appris cela. Je dis honnêtement que je ne sais pas.",
           "Cela dépasse un petit modèle de démarrage. Je dis que je ne sais pas.", "Je ne sais pas cela. Mieux vaut le dire."],
}
SAY = {
    "en": ["I don't know: I am only a small starter model. Open a larger GGUF model (Ctrl+Shift+M) to talk about this.", "Sorry, I don't know. I can do small sums and explain Spoutnik; for the rest, open a larger GGUF model with Ctrl+Shift+M.",
           "I am a very small model and I have not learnt that. A larger GGUF model (Ctrl+Shift+M) could answer you."],
    "fr": ["Je ne sais pas : je ne suis qu'un petit modèle de démarrage. Ouvrez un modèle GGUF plus grand (Ctrl+Maj+M) pour en parler.", "Désolé, je ne sais pas. Je sais faire de petits calculs et expliquer Spoutnik ; pour le reste, ouvrez un modèle GGUF plus grand avec Ctrl+Maj+M.",
           "Je suis un tout petit modèle et je n'ai pas appris cela. Un modèle GGUF plus grand (Ctrl+Maj+M) pourrait vous répondre."],
}
FOREIGN_WHY = "This is neither English nor French. I say that I only know these two languages."
FOREIGN_SAY = ["I only speak English and French. Je ne parle que français et anglais."]

SYLLABLES = ("ba be bi bo ca ce co da de di do fa fe fi go gu ja ka ki la le li lo lu ma me mi mo na ne ni no pa pe pi po qua ra re ri ro sa se si so ta te ti to tu va ve vi vo za zo "
             "bra cre dro fla gre pla pri sta tri cha che phi tho ent ion eur ment able ique tique ous ing ness ard").split()


def held_fillers(words):
    """The last eighth of a word list is kept for evaluation."""
    return words[-max(1, len(words) // 8):]


def invented(rng):
    """A word that means nothing, or a random string of letters."""
    if rng.random() < 0.25:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randrange(3, 9)))
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.randrange(2, 5)))


def filled(template, lang, rng, held_out=False):
    """A template with its slots filled."""
    while "{" in template:
        start = template.index("{")
        end = template.index("}")
        slot = template[start + 1:end]
        words = FILL[lang][slot].split("|")
        held = held_fillers(words)
        pool = held if held_out else words[:len(words) - len(held)]
        word = rng.choice(pool)
        if not held_out and slot in ("word", "thing", "place", "person", "topic") and rng.random() < 0.30:
            word = invented(rng)
            if slot in ("place", "person"):
                word = word.capitalize()
        template = template[:start] + word + template[end + 1:]
    return template[0].upper() + template[1:] if rng.random() < 0.5 else template


def unknown(lang, rng, held_out=False):
    """(question, reasoning, answer) on something the model does not know."""
    if not held_out and rng.random() < 0.025:
        return rng.choice(FOREIGN), FOREIGN_WHY, FOREIGN_SAY[0]
    bank = (HELD_OUT if held_out else ASK)[lang].split("|")
    return filled(rng.choice(bank), lang, rng, held_out), rng.choice(WHY[lang]), rng.choice(SAY[lang])
