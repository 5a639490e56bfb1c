"""The parts that several learners share."""
