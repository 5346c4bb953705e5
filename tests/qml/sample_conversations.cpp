// SPDX-License-Identifier: MIT
#include "tests/qml/sample_conversations.h"

#include "storage/conversations.h"
#include "storage/database.h"

#include <array>
#include <chrono>

namespace spoutnik::test {

namespace {

struct Sample {
    double days_ago;
    const char* question[2]; ///< English, French
    const char* answer[2];
};

constexpr std::array<Sample, 14> samples{{
    {62.0,
     {"Which apples keep best over winter?", "Quelles pommes se gardent le mieux l’hiver ?"},
     {"Late ones with thick skins: Belle de Boskoop, Reinette grise, Fuji.",
      "Les tardives à peau épaisse : Belle de Boskoop, Reinette grise, Fuji."}},
    {58.2,
     {"Turn this list into a letter", "Transforme cette liste en lettre"},
     {"Dear neighbours, three small things before the summer.",
      "Chers voisins, trois petites choses avant l’été."}},
    {35.1,
     {"Difference between a thread and a process", "Différence entre un fil et un processus"},
     {"Threads share memory; processes do not.", "Les fils partagent la mémoire, pas les processus."}},
    {33.0,
     {"A walk of two hours near Clermont", "Une promenade de deux heures près de Clermont"},
     {"Start from the village square and follow the yellow marks.",
      "Partez de la place du village et suivez le balisage jaune."}},
    {20.4,
     {"Explain YaRN in three sentences", "Explique YaRN en trois phrases"},
     {"It stretches rotary positions unevenly: slow ones most.",
      "Il étire inégalement les positions rotatives : surtout les lentes."}},
    {5.3,
     {"Regular expression for French phone numbers", "Expression rationnelle pour un numéro de téléphone"},
     {"Ten digits, the first a zero, spaces allowed between pairs.",
      "Dix chiffres, le premier est un zéro, espaces permis entre les paires."}},
    {4.1,
     {"Soup for six people", "Une soupe pour six"},
     {"Leeks, potatoes, a little cream; forty minutes.",
      "Poireaux, pommes de terre, un peu de crème ; quarante minutes."}},
    {3.2,
     {"Read this contract with me", "Relis ce contrat avec moi"},
     {"The second clause is the one to discuss.", "La deuxième clause est celle à discuter."}},
    {1.2,
     {"Names for a small boat", "Des noms pour un petit bateau"},
     {"Sterne, Bulle, Petit Large.", "Sterne, Bulle, Petit Large."}},
    {1.1,
     {"Why is the sky dark at night?", "Pourquoi le ciel est-il noir la nuit ?"},
     {"Because the universe has an age: most light has not arrived.",
      "Parce que l’univers a un âge : la plupart des lumières ne sont pas arrivées."}},
    {0.3,
     {"SQL: the latest row of each group", "SQL : la dernière ligne de chaque groupe"},
     {"A window function does it: row_number() over (partition by ...).",
      "Une fonction de fenêtrage suffit : row_number() over (partition by …)."}},
    {0.2,
     {"Proofread an e-mail", "Relire un courriel"},
     {"Two commas and it is ready.", "Deux virgules et il est prêt."}},
    {0.1,
     {"How long does sourdough rise?", "Combien de temps lève un pain au levain ?"},
     {"Four to five hours at 24 °C, then a night in the cold.",
      "Quatre à cinq heures à 24 °C, puis une nuit au froid."}},
    {0.05,
     {"Plan a vegetable bed", "Organiser un carré potager"},
     {"Tall plants to the north, lettuce in their shade.", "Les hautes au nord, la salade dans leur ombre."}},
}};

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

} // namespace

std::string rich_reasoning(bool french) {
    return french
               ? "La question porte sur la médiane d’un flux. Trier à chaque nouvelle valeur coûterait n log "
                 "n.\n"
                 "Deux tas font mieux : les petites valeurs dans un tas max, les grandes dans un tas min.\n"
                 "Il faut rééquilibrer pour que les tailles diffèrent d’au plus un.\n"
                 "Cas pair : la moyenne des deux sommets. Cas impair : le sommet du plus grand tas.\n"
                 "Je donne le code, le coût de chaque opération dans un tableau, puis les limites."
               : "The question is the median of a stream. Sorting at every value would cost n log n.\n"
                 "Two heaps do better: the small values in a max-heap, the large ones in a min-heap.\n"
                 "They must be rebalanced so that their sizes differ by at most one.\n"
                 "Even count: the mean of both tops. Odd count: the top of the larger heap.\n"
                 "I will give the code, the cost of each operation in a table, then the limits.";
}

namespace {

std::string formula(const std::string& even, const std::string& odd) {
    return "$$m = \\begin{cases} \\dfrac{\\max L + \\min H}{2} & " + even + " \\\\ \\max L & " + odd +
           " \\end{cases}$$\n\n";
}

} // namespace

std::string rich_answer(bool french) {
    const std::string code = "```python\n"
                             "import heapq\n"
                             "\n"
                             "class Median:\n"
                             "    def __init__(self):\n"
                             "        self.low, self.high = [], []   # max-heap (negated), min-heap\n"
                             "\n"
                             "    def add(self, x):\n"
                             "        heapq.heappush(self.low, -heapq.heappushpop(self.high, x))\n"
                             "        if len(self.low) > len(self.high):\n"
                             "            heapq.heappush(self.high, -heapq.heappop(self.low))\n"
                             "```\n\n";
    if (french)
        return "Gardez **deux tas** : les petites valeurs dans l’un, les grandes dans l’autre. La médiane se "
               "lit alors "
               "aux sommets, sans trier.\n\n" +
               code +
               "### Ce que cela coûte\n\n"
               "| Opération | Temps | Mémoire |\n|---|:---:|---:|\n| `add` | $O(\\log n)$ | 16 octets |\n"
               "| lire la médiane | $O(1)$ | – |\n| tout trier | $O(n \\log n)$ | 8 octets |\n\n"
               "La médiane $m$ de $n$ valeurs, des tas $L$ et $H$, est alors\n\n" +
               formula("n \\text{ pair}", "n \\text{ impair}") +
               "Deux choses à savoir :\n\n"
               "1. Pour un nombre pair de valeurs, prenez la moyenne $\\frac{a+b}{2}$.\n"
               "2. Retirer une valeur demande plus de soin :\n"
               "   - marquez-la comme retirée,\n"
               "   - nettoyez quand elle arrive au sommet.\n\n"
               "> Si la fenêtre est petite, une liste triée suffit et se lit mieux.\n";
    return "Keep **two heaps**: the small values in one, the large ones in the other. The median is then "
           "read at their "
           "tops, without sorting.\n\n" +
           code +
           "### What it costs\n\n"
           "| Operation | Time | Memory |\n|---|:---:|---:|\n| `add` | $O(\\log n)$ | 16 bytes |\n"
           "| read the median | $O(1)$ | – |\n| sort everything | $O(n \\log n)$ | 8 bytes |\n\n"
           "The median $m$ of $n$ values, with the heaps $L$ and $H$, is then\n\n" +
           formula("n \\text{ even}", "n \\text{ odd}") +
           "Two things to know:\n\n"
           "1. For an even count, take the mean $\\frac{a+b}{2}$.\n"
           "2. Removing a value needs more care:\n"
           "   - mark it as removed,\n"
           "   - clean up when it reaches the top.\n\n"
           "> Where the window is small, a sorted list is enough and reads better.\n";
}

void write_samples(const std::filesystem::path& folder, bool french, bool with_list, bool with_error) {
    const int language = french ? 1 : 0;
    std::int64_t clock = now_ms();
    storage::OpenOptions options;
    options.folder = folder;
    options.now_ms = [&clock] { return clock; };
    storage::Database database(std::move(options));
    storage::Conversations conversations(database);

    const auto tell = [&](const char* question, const std::string& answer, const std::string& reasoning) {
        const auto id = conversations.create(question, "Spoutnik Starter").id;
        conversations.set_automatic_title(id, question);
        const auto turn = conversations.begin_turn(id, question, "Spoutnik Starter");
        storage::Answer text;
        text.content = answer;
        text.reasoning = reasoning;
        text.reasoning_ms = 6200;
        text.reasoning_tokens = 214;
        text.prompt_tokens = 61;
        text.generated_tokens = 655;
        text.tokens_per_second = 41.6;
        conversations.finish(turn.answer, storage::Status::done, text);
        return id;
    };
    constexpr double day_ms = 86'400'000;
    if (with_list)
        for (const auto& sample : samples) {
            clock = now_ms() - static_cast<std::int64_t>(sample.days_ago * day_ms);
            const auto id = tell(sample.question[language], sample.answer[language], {});
            if (sample.days_ago > 20 && sample.days_ago < 21) conversations.set_pinned(id, true);
        }
    clock = now_ms() - 60'000;
    const auto id = tell(french ? "Comment suivre la médiane d’un flux de nombres ?"
                                : "How do I keep the median of a stream of numbers?",
                         rich_answer(french), rich_reasoning(french));
    if (with_error) {
        clock += 1000;
        const auto turn = conversations.begin_turn(id,
                                                   french ? "Et sur une fenêtre d’un million de valeurs ?"
                                                          : "And over a window of a million values?",
                                                   "Spoutnik Starter");
        storage::Answer partial;
        partial.content = french ? "Pour une fenêtre aussi large, chaque valeur retirée doit être"
                                 : "For a window that wide, each value that leaves has to be";
        conversations.finish(turn.answer, storage::Status::error, partial,
                             "there is not enough memory to go on");
    }
}

} // namespace spoutnik::test
