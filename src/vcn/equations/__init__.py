"""Pure functions: one for each equation of the papers.

`EQUATIONS` lists them: a test checks that each exists, cites its source and has a test.
The functions are named by their place and imported from it, so that reading this table
costs no import of torch.
"""

from __future__ import annotations

from typing import NamedTuple


class Equation(NamedTuple):
    """Where a formula comes from, where it is computed and where it is tested."""

    paper: str
    """`vcn`: our own."""
    number: str
    function: str
    """module:function below `vcn.equations`."""
    test: str
    """file::test below `tests`."""


EQUATIONS: tuple[Equation, ...] = (
    Equation("VideoClusterNet", "Eq. 2", "ssl_loss:ssl_loss", "test_ssl_loss.py::test_by_hand"),
    Equation(
        "VideoClusterNet",
        "Eq. 2, mean over the crop pairs of two tracks",
        "closed_form:cross_loss",
        "test_closed_form.py::test_cross_loss_is_the_double_loop",
    ),
    Equation(
        "VideoClusterNet",
        "Eq. 2, mean over the crop pairs of one track",
        "closed_form:self_loss",
        "test_closed_form.py::test_self_loss_is_the_double_loop",
    ),
    Equation("VideoClusterNet", "Eq. 3", "gaussian:log_density", "test_gaussian.py::test_by_scipy"),
    Equation(
        "VideoClusterNet",
        "3.5, threshold of a match",
        "gaussian:match_threshold",
        "test_gaussian.py::test_threshold_by_hand",
    ),
    Equation(
        "VideoClusterNet", "supplement Eq. 1", "mad:mad_threshold", "test_mad.py::test_by_hand"
    ),
    Equation(
        "VideoClusterNet",
        "Algorithm 1",
        "algorithm1:cluster_tracks",
        "test_algorithm1.py::test_equals_the_literal_algorithm",
    ),
    Equation(
        "VideoClusterNet",
        "3.4, moving average of the teacher",
        "ema:moving_average",
        "test_ema.py::test_by_hand",
    ),
    Equation(
        "VideoClusterNet",
        "supplement 1.3, learning rate",
        "schedule:cosine_schedule",
        "test_schedule.py::test_by_hand",
    ),
    Equation("SER-FIQ", "Eq. 2", "ser_fiq:ser_fiq_score", "test_ser_fiq.py::test_literal_loop"),
    Equation(
        "Rousseeuw 1987",
        "silhouette",
        "level:silhouettes",
        "test_level.py::test_silhouettes_are_sklearns",
    ),
    Equation(
        "Sokal and Michener 1958",
        "average linkage",
        "linkage:average_linkage",
        "test_linkage.py::test_equals_scipy",
    ),
    Equation(
        "Sokal and Michener 1958",
        "average linkage, after few losses changed",
        "relinkage:relinkage",
        "test_relinkage.py::test_it_is_linkage_from_the_beginning",
    ),
    Equation(
        "Malkov and Yashunin 2018",
        "nearest neighbours by a graph (HNSW)",
        "neighbours:nearest_in",
        "test_neighbours.py::test_nearly_all_are_the_nearest",
    ),
    Equation(
        "Kish 1965",
        "8.2, the design effect",
        "design_effect:effective_pairs",
        "test_design_effect.py::test_a_mean_of_correlated_values_varies_so_much",
    ),
    Equation(
        "Donner 1986",
        "the intraclass correlation, by analysis of variance",
        "design_effect:intraclass_correlation",
        "test_design_effect.py::test_it_is_found_again",
    ),
    Equation(
        "Pitman 2006",
        "3.1, the Chinese restaurant process: one of the people there, or a new one",
        "known_people:membership",
        "test_known_people.py::test_alike_to_all_it_is_the_restaurant",
    ),
    Equation(
        "Lange, Little and Taylor 1989",
        "degrees of freedom of Student's t by maximum likelihood",
        "tails:freedom_of_tails",
        "test_tails.py::test_it_is_found_again",
    ),
    Equation(
        "vcn",
        "the distance of strangers (METHOD.md, 4)",
        "strangers:strangers",
        "test_strangers.py::test_strangers_by_hand",
    ),
    Equation(
        "Lloyd 1982",
        "assignment to the nearest cluster, by mean losses",
        "reassign:reassign",
        "test_reassign.py::test_by_hand",
    ),
    Equation(
        "Wu et al. 2013",
        "co-occurrence",
        "co_occurrence:co_occurring",
        "test_co_occurrence.py::test_pairs",
    ),
    Equation(
        "Ball Cluster Learning",
        "Eq. 1, centroids",
        "ball_cluster:centroids",
        "test_ball_cluster.py::test_centroids_by_hand",
    ),
    Equation(
        "Ball Cluster Learning",
        "Eq. 5 to 7",
        "ball_cluster:ball_losses",
        "test_ball_cluster.py::test_check_values",
    ),
    Equation(
        "Ball Cluster Learning",
        "3.3, tau = 4b",
        "ball_cluster:cut",
        "test_ball_cluster.py::test_released_threshold",
    ),
    Equation(
        "Ball Cluster Learning",
        "3.4, triplet loss",
        "verification_losses:triplet_loss",
        "test_verification_losses.py::test_triplet_by_hand",
    ),
    Equation(
        "Ball Cluster Learning",
        "3.4, contrastive loss",
        "verification_losses:contrastive_loss",
        "test_verification_losses.py::test_contrastive_check_values",
    ),
    Equation(
        "Ball Cluster Learning",
        "3.4, LDML",
        "verification_losses:ldml_loss",
        "test_verification_losses.py::test_ldml_by_numpy",
    ),
    Equation(
        "Ball Cluster Learning",
        "Eq. 9 and 10, prototypical loss",
        "verification_losses:prototypical_loss",
        "test_verification_losses.py::test_prototypical_by_numpy",
    ),
    Equation(
        "Multi-Face",
        "3.2, hard positives",
        "tracklets:mine_views",
        "test_tracklets.py::test_mining_by_hand",
    ),
    Equation(
        "Multi-Face",
        "3.2, hard negatives",
        "tracklets:hard_negative",
        "test_tracklets.py::test_hard_negative",
    ),
    Equation(
        "Multi-Face", "Eq. 2 and 3", "mvcorr:mvcorr_loss", "test_mvcorr.py::test_check_values"
    ),
    Equation(
        "Multi-Face",
        "4.3, ImpTriplet",
        "imp_triplet:imp_triplet_loss",
        "test_imp_triplet.py::test_by_hand",
    ),
    Equation("FINCH", "Eq. 1", "finch:links", "test_finch.py::test_equation_1_by_hand"),
    Equation("FINCH", "Algorithm 1", "finch:partitions", "test_finch.py::test_toy_data"),
    Equation("FINCH", "Algorithm 2", "finch:fixed_number", "test_finch.py::test_toy_data_fixed"),
    Equation("C1C", "partitions", "c1c:partitions", "test_c1c.py::test_check_values"),
    Equation("C1C", "fixed number", "c1c:fixed_number", "test_c1c.py::test_fixed_number"),
    Equation("C1C", "minimum cut", "c1c:separate", "test_c1c.py::test_separate_by_brute_force"),
    Equation("B-C1C", "bodies", "c1c:join_by_body", "test_c1c.py::test_join_by_body"),
    Equation("TSiam", "contrastive loss", "siamese:contrast", "test_siamese.py::test_check_values"),
    Equation("SSiam", "hard pairs", "siamese:mine", "test_siamese.py::test_mining_check"),
    Equation(
        "VCTRSF",
        "video centres",
        "video_centre:video_centre_loss",
        "test_video_centre.py::test_by_numpy",
    ),
    Equation("JFRAC-like", "E", "hmrf:energy", "test_hmrf.py::test_energy_by_hand"),
    Equation(
        "JFRAC-like",
        "mean field",
        "hmrf:mean_field",
        "test_hmrf.py::test_mean_field_finds_the_least_energy",
    ),
    Equation(
        "Fellegi and Sunter",
        "Eq. 3",
        "fellegi_sunter:level_weights",
        "test_fellegi_sunter.py::test_by_hand",
    ),
    Equation(
        "Winkler",
        "EM",
        "fellegi_sunter:em_binary",
        "test_fellegi_sunter.py::test_em_is_that_of_recordlinkage",
    ),
    Equation(
        "Fellegi and Sunter",
        "for faces",
        "pair_mixture:fit_pair_mixture",
        "test_pair_mixture.py::test_it_finds_what_the_film_was_made_with",
    ),
    Equation("Hellinger", "distance", "colour:hellinger", "test_colour.py::test_distance_by_hand"),
    Equation(
        "RAD-Net",
        "Algorithm 1",
        "density:density_sample",
        "test_density.py::test_it_is_algorithm_1",
    ),
    Equation(
        "RAD-Net",
        "Eq. 1 to 9",
        "distribution:relations",
        "test_distribution.py::test_relations_are_those_of_the_paper",
    ),
    Equation(
        "vcn", "looks", "looks:unlike", "test_looks.py::test_a_look_ignores_light_and_contrast"
    ),
    Equation(
        "vcn",
        "intersection over union",
        "boxes:iou_table",
        "../evaluate/test_evaluate.py::test_iou_by_hand",
    ),
    Equation("vcn", "mouths", "speaking:mouth_evidence", "test_speaking.py::test_evidence_by_hand"),
    Equation("vcn", "voices", "voices:group_voices", "test_voices.py::test_distances_by_hand"),
    Equation(
        "vcn",
        "voices, bodies",
        "cosine:cosine_distances",
        "test_voices.py::test_distances_by_hand",
    ),
    Equation(
        "vcn",
        "changes",
        "changes:fit_changes",
        "test_changes.py::test_changes_are_found_and_counted",
    ),
    Equation(
        "Slaney",
        "mel",
        "mel:mel_spectrogram",
        "../nets/test_voice.py::test_the_mel_spectrogram_is_librosas",
    ),
    Equation("vcn", "quality", "face_quality:face_quality", "test_face_quality.py::test_by_hand"),
    Equation("vcn", "clearness", "face_quality:clearness", "test_face_quality.py::test_by_hand"),
    Equation(
        "vcn",
        "co-occurrence, without doubles",
        "co_occurrence:two_people",
        "test_co_occurrence.py::test_a_face_found_twice_is_not_two_people",
    ),
)
