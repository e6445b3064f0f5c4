"""What ``spark-submit`` runs to score a topic of payments; ``docs/CLUSTER.md`` has the line."""

from core.streaming.fraud.spark_reader import main

main()
