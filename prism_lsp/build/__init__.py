"""How a model pack is made: corpus, rule-made pairs, harvest, dictionary, concepts, writer, evaluation."""
